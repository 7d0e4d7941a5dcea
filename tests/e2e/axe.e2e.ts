import { expect, test, type BrowserContext } from '@playwright/test';
import { expectNoViolations } from './accessible';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run } from './lesson';

// One of each kind of output, so that all of them are looked at.
const OUTPUTS = `from IPython.display import display, HTML, Markdown, Latex, JSON, SVG
import sys
print("text", "\\x1b[31mred\\x1b[0m")
print("warning", file=sys.stderr)
display(HTML("<table><tr><th>word</th><th>count</th></tr><tr><td>good</td><td>3</td></tr></table>"))
display(Markdown("**bold** and [a link](https://example.org)"), Latex(r"$x^2$"), JSON({"a": [1, 2]}))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle r="9" cx="10" cy="10"/></svg>'))
display({"application/vnd.vegalite.v5+json": {"$schema": "https://vega.github.io/schema/vega-lite/v5.json",
  "title": "Counts", "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 3}]}, "mark": "line",
  "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}}}}, raw=True)
display(HTML("<h1>rich</h1><script>document.body.append('scripted')</script>"))
for number in range(300):
    print("line", number)
`;

let app: App;

test.beforeAll(async () => {
	app = await startApp();
});

test.afterAll(() => app.stop());

for (const colorScheme of ['light', 'dark'] as const) {
	test(`axe finds nothing in ${colorScheme} mode`, async ({ browser }) => {
		test.setTimeout(180_000);
		const context = await newBrowser(browser, app, colorScheme);
		const home = await context.newPage();
		await home.goto(app.url);
		await expectNoViolations(home);
		await home.goto(`${app.url}/lessons/no-such-lesson`);
		await expectNoViolations(home);
		await checkLesson(context);
		await context.close();
	});
}

async function checkLesson(context: BrowserContext): Promise<void> {
	const page = await openLesson(context, app, LESSONS[0]);
	await ready(page);
	await expectNoViolations(page);

	await run(page, cell(page, 1), OUTPUTS);
	await finished(page, 1);
	await expect(page.frameLocator('iframe[title^="Rich"]').getByText('scripted')).toBeVisible();
	await expectNoViolations(page);

	await run(page, cell(page, 2), 'input("Your name? ")');
	await expect(page.getByLabel('Your name?')).toBeVisible();
	await expectNoViolations(page);
	await page.getByLabel('Your name?').fill('Ada');
	await page.keyboard.press('Enter');
	await finished(page, 2);

	await run(
		page,
		cell(page, 2),
		'import time\nfor n in range(600):\n    print(n)\n    time.sleep(0.1)'
	);
	await expect(page.getByRole('region', { name: /^Code cell 2, running/ })).toBeVisible();
	await expectNoViolations(page);
	await page.getByRole('button', { name: 'Interrupt Cell 2' }).click();
	await expect(page.getByRole('region', { name: /^Code cell 2, interrupted/ })).toBeVisible();

	await run(page, cell(page, 2), '1 / 0');
	await expect(
		page.getByRole('region', { name: /^Code cell 2, stopped with an error/ })
	).toBeVisible();
	await expectNoViolations(page);
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog')).toBeVisible();
	await expectNoViolations(page);
	await page.keyboard.press('Escape');

	await run(page, cell(page, 2), 'import os; os._exit(3)');
	await expect(page.getByRole('button', { name: 'Restart', exact: true })).toBeVisible();
	await expectNoViolations(page);
	await page.getByRole('button', { name: 'Restart', exact: true }).click();
	await ready(page);
	await page.close();
}
