import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { startApp, type App } from './app';
import { cell, finished, LESSONS, newBrowser, openLesson, ready, run } from './lesson';
import { trainingCode } from './training';

// What is printed or captured is whole and true: all points, all lines, nothing that can only be pressed.
// And what is old says so, whatever became of the cell since.

const LESSON = LESSONS[0];
const LONG = `# ${'a comment that goes far beyond the edge of any paper '.repeat(6)}
from IPython.display import display, Markdown
for number in range(60):
    print("line", number)
display(Markdown(r"Euler: $e^{i\\pi}=-1$, see [the text](https://example.org/euler)"))
`;

let app: App;
let context: BrowserContext;

test.beforeAll(async ({ browser }) => {
	app = await startApp();
	context = await newBrowser(browser, app, 'dark');
});

test.afterAll(async () => {
	await context.close();
	await app.stop();
});

/** How many points each line has. */
const points = (page: Page) =>
	page
		.locator('.chart svg .mark-line path')
		.evaluateAll((lines) => lines.map((line) => line.getAttribute('d')?.split(/[ML]/).length ?? 0));

/** What is on the page that should not be on paper, and what should. */
const seenOf = (page: Page) =>
	page.evaluate(() => {
		const isShown = (element: Element) => element.getClientRects().length > 0;
		const all = (selector: string) => [...document.querySelectorAll(selector)].filter(isShown);
		const isWide = (box: Element) => box.scrollWidth > box.clientWidth + 1;
		const link = document.querySelector('.markdown a') ?? document.body;
		return {
			pressed: all('button:not(.in-text), .skip, .page-bar, [role=toolbar]').length,
			wide: all('.code-lines, .cm-scroller, .box').filter(isWide).length,
			cut: all('.box').filter((box) => box.scrollHeight > box.clientHeight + 1).length,
			boxes: all('.box').length,
			ink: getComputedStyle(document.body).color,
			target: getComputedStyle(link, '::after').content
		};
	});

test('a page is printed whole, light, and without what can only be pressed', async () => {
	test.setTimeout(240_000);
	const page = await openLesson(context, app, LESSON);
	await ready(page);
	await run(page, cell(page, 2), LONG);
	await finished(page, 2);
	await run(page, cell(page, 1), trainingCode(30));
	// Nobody looks at the chart while it grows.
	await page
		.getByRole('link', { name: /Next lesson|Back to all lessons/ })
		.scrollIntoViewIfNeeded();
	await finished(page, 1, 120_000);
	await expect.poll(async () => Math.max(0, ...(await points(page)))).toBeGreaterThan(29);

	await page.emulateMedia({ media: 'print' });
	// The browser dresses the page anew with its next frame.
	await expect
		.poll(() => seenOf(page))
		.toEqual({
			pressed: 0,
			wide: 0,
			cut: 0,
			boxes: 3,
			ink: 'rgb(35, 33, 28)',
			target: '" (https://example.org/euler)"'
		});
	await page.emulateMedia({ media: null });
	await page.close();
});

test('output of a Python that is gone is grey, also where a new run was not reached', async () => {
	const page = await openLesson(context, app, LESSON);
	await ready(page);
	await run(page, cell(page, 2), 'print("old")');
	await finished(page, 2);
	await run(page, cell(page, 1), 'import time\ntime.sleep(600)');
	await run(page, cell(page, 2));
	await expect(cell(page, 2)).toHaveAccessibleName(/waiting, output of an earlier run below/);
	await page.getByRole('button', { name: 'Restart Python' }).click();
	await page.getByRole('button', { name: 'Restart', exact: true }).click();
	await expect(cell(page, 2)).toHaveAccessibleName(/not run, output from before the restart below/);
	await expect(cell(page, 2).getByText('Output from before the restart')).toBeVisible();
	await expect(cell(page, 2).locator('.outputs')).toHaveCSS('filter', 'grayscale(1)');
	await page.close();
});
