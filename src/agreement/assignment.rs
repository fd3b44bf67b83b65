//! The cheapest way to give each row a column of its own: Kuhn's Hungarian method by shortest augmenting paths.
//!
//! n² · m steps (Jonker and Volgenant 1987 in its plain form). Used to pair boxes, and units of two annotators.

use super::matrix::Matrix;

/// For each row its column, at least total cost. Needs at most as many rows as columns; the others get `None`.
pub fn cheapest(costs: &Matrix) -> Vec<Option<usize>> {
    let (rows, columns) = (costs.height(), costs.columns());
    let mut of_column: Vec<Option<usize>> = vec![None; columns];
    let (mut row_price, mut column_price) = (vec![0.0; rows], vec![0.0; columns]);
    for start in 0..rows.min(columns) {
        let mut shortest = vec![f64::INFINITY; columns];
        let mut came_from: Vec<Option<usize>> = vec![None; columns];
        let mut done = vec![false; columns];
        let (mut row, mut column) = (start, None);
        // grow the tree of shortest paths until it meets a free column
        let end = loop {
            let price = row_price.get(row).copied().unwrap_or(0.0);
            let mut next: Option<(usize, f64)> = None;
            let cells = shortest.iter_mut().zip(&mut came_from).zip(&done).zip(costs.row(row)).zip(&column_price);
            for (at, ((((best, from), done), cost), v)) in cells.enumerate() {
                if *done {
                    continue;
                }
                let reduced = cost - price - v;
                if reduced < *best {
                    *best = reduced;
                    *from = column;
                }
                if next.is_none_or(|(_, least)| *best < least) {
                    next = Some((at, *best));
                }
            }
            let Some((at, step)) = next else { break None };
            let visited = done.iter().zip(&of_column).zip(&mut column_price).zip(&mut shortest);
            for (((done, held), price), best) in visited {
                if *done {
                    *price -= step;
                    if let Some(price) = held.and_then(|row| row_price.get_mut(row)) {
                        *price += step;
                    }
                } else {
                    *best -= step;
                }
            }
            if let Some(price) = row_price.get_mut(start) {
                *price += step;
            }
            if let Some(done) = done.get_mut(at) {
                *done = true;
            }
            column = Some(at);
            match of_column.get(at).copied().flatten() {
                Some(held) => row = held,
                None => break Some(at),
            }
        };
        // turn the path round
        let mut at = end;
        while let Some(free) = at {
            let before = came_from.get(free).copied().flatten();
            let row = before.map_or(Some(start), |before| of_column.get(before).copied().flatten());
            if let Some(slot) = of_column.get_mut(free) {
                *slot = row;
            }
            at = before;
        }
    }
    let mut of_row = vec![None; rows];
    for (column, row) in of_column.iter().enumerate() {
        if let Some(slot) = row.and_then(|row| of_row.get_mut(row)) {
            *slot = Some(column);
        }
    }
    of_row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(costs: &Matrix, chosen: &[Option<usize>]) -> f64 {
        chosen.iter().enumerate().map(|(row, column)| costs.at(row, column.unwrap())).sum()
    }

    fn by_trying(costs: &Matrix, row: usize, used: &mut Vec<usize>) -> f64 {
        if row == costs.height() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..costs.columns() {
            if !used.contains(&column) {
                used.push(column);
                best = best.min(costs.at(row, column) + by_trying(costs, row + 1, used));
                used.pop();
            }
        }
        best
    }

    #[test]
    fn as_cheap_as_trying_all() {
        let mut random = crate::agreement::random::Random::new(1, 9);
        for (rows, columns) in [(1, 1), (2, 5), (4, 4), (5, 6), (6, 6)] {
            for _ in 0..30 {
                let cells: Vec<Vec<f64>> =
                    (0..rows).map(|_| (0..columns).map(|_| f64::from(random.below(12)) - 3.0).collect()).collect();
                let costs = Matrix::from_rows(&cells).unwrap();
                let chosen = cheapest(&costs);
                assert!((cost(&costs, &chosen) - by_trying(&costs, 0, &mut Vec::new())).abs() < 1e-9);
            }
        }
        assert!(cheapest(&Matrix::zeros(0, 0)).is_empty());
    }
}
