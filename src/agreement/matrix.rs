//! A rectangle of numbers in one piece of memory, read and written without a way to panic.
//!
//! Weights, distances, posteriors and confusion matrices are all this. Deliberately absent: linear algebra.

/// Numbers in rows of equal length, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    columns: usize,
    cells: Vec<f64>,
}

impl Matrix {
    /// All zero.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { columns, cells: vec![0.0; rows.saturating_mul(columns)] }
    }

    /// Each cell from its row and column.
    pub fn from_fn(rows: usize, columns: usize, of: impl Fn(usize, usize) -> f64) -> Self {
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        Self { columns, cells: cells.map(|(row, column)| of(row, column)).collect() }
    }

    /// Rows one below the other; `None` where they differ in length.
    pub fn from_rows(rows: &[Vec<f64>]) -> Option<Self> {
        let columns = rows.first().map_or(0, Vec::len);
        rows.iter().all(|row| row.len() == columns).then(|| Self { columns, cells: rows.concat() })
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0)
    }

    /// One row; empty past the end.
    #[inline]
    pub fn row(&self, row: usize) -> &[f64] {
        let start = row * self.columns;
        self.cells.get(start..start + self.columns).unwrap_or(&[])
    }

    /// One row, to be written; empty past the end.
    #[inline]
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        let start = row * self.columns;
        self.cells.get_mut(start..start + self.columns).unwrap_or(&mut [])
    }

    /// All rows in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.cells.chunks_exact(self.columns.max(1))
    }

    /// All rows in order, to be written.
    pub fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, f64> {
        self.cells.chunks_exact_mut(self.columns.max(1))
    }

    /// One cell; 0 outside.
    #[inline]
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.row(row).get(column).copied().unwrap_or(0.0)
    }

    /// Adds to one cell; nothing outside.
    #[inline]
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        if let Some(cell) = self.row_mut(row).get_mut(column) {
            *cell += value;
        }
    }

    /// All cells, row after row.
    pub fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// All cells, to be written.
    pub fn cells_mut(&mut self) -> &mut [f64] {
        &mut self.cells
    }

    /// Sets all cells to 0.
    pub fn clear(&mut self) {
        self.cells.fill(0.0);
    }

    /// Sums over the rows: one number for each column.
    pub fn column_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for row in self.rows() {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        sums
    }
}

/// Σ a·b over the shorter of the two.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The place of the largest number, the first of equal ones; 0 for none. A NaN is never the largest.
pub fn largest(values: &[f64]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, value) in values.iter().enumerate() {
        if *value > best.1 {
            best = (at, *value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_rows_and_what_lies_outside() {
        let mut m = Matrix::from_fn(2, 3, |row, column| (row * 3 + column) as f64);
        m.add(1, 2, 0.5);
        m.add(1, 3, 9.0);
        m.add(7, 0, 9.0);
        assert_eq!((m.row(1), m.row(2), m.at(1, 2), m.at(0, 5)), (&[3.0, 4.0, 5.5][..], &[][..], 5.5, 0.0));
        assert_eq!((m.column_sums(), m.height(), m.columns()), (vec![3.0, 5.0, 7.5], 2, 3));
        assert_eq!(Matrix::from_rows(&[vec![1.0], vec![]]), None);
        assert_eq!((Matrix::zeros(0, 0).rows().count(), Matrix::zeros(3, 0).height()), (0, 0));
        assert_eq!((largest(&[1.0, 2.0, 2.0]), largest(&[f64::NAN, -1.0]), largest(&[])), (1, 1, 0));
    }
}
