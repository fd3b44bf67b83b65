// A host page that brings the texts of its own projects: what this device does not know yet, it opens. Every event that the
// elements raise is kept for the test, with the project it came from.
const CONFIG = (name, ...values) => `<View>
  <Text name="text" value="$text"/>
  <Header value="${name}"/>
  <Choices name="${name.toLowerCase()}" toName="text" choice="single" required="true">
    ${values.map((value) => `<Choice value="${value}"/>`).join('')}
  </Choices>
  <Header value="Why?"/>
  <TextArea name="why" toName="text" purpose="rationale" maxSubmissions="1"/>
</View>`;
const tasks = (...texts) => JSON.stringify(texts.map((text) => ({ data: { text } })));
const PROJECTS = {
  letters: {
    slug: 'letters', name: 'Letters', config: CONFIG('Mood', 'Calm', 'Angry'), guideline: '# Letters\n\nJudge the tone alone.',
    tasks: tasks('First letter, from ada.first@example.org', 'Second letter', 'Third letter'),
  },
  reviews: {
    slug: 'reviews', name: 'Reviews', config: CONFIG('Verdict', 'Good', 'Bad'),
    tasks: tasks('First review', 'Second review'),
  },
};

const raised = [];
for (const name of ['open', 'ready', 'submit', 'skip', 'error']) {
  document.addEventListener(name, (event) => {
    const { target, detail } = event;
    if (!target.localName?.startsWith('countersign-')) return;
    raised.push({ name, project: target.closest('section')?.getAttribute('aria-label'), detail });
    if (name === 'error' && detail.code === 'not-found') target.openProject(PROJECTS[target.getAttribute('project')]);
  });
}
Object.assign(window, { raised, PROJECTS });
