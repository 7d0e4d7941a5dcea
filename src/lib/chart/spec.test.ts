import { parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { expect, test } from 'vitest';
import { toDefinition } from './definition';
import { DATA_SETS, toSpec } from './spec';
import { PAGE_THEME } from './theme';

const definition = toDefinition({
	chart: 'c',
	panels: [
		{
			title: 'Accuracy',
			series: [{ field: 'eval_accuracy', title: 'accuracy' }],
			rules: [{ value: 0.5, title: 'guessing' }],
			domain: [0, 1]
		}
	]
});

/** Draws as the page does, without a browser. */
async function draw(data: Record<string, readonly object[]>): Promise<string> {
	const panel = definition?.panels[0];
	if (!definition || !panel) throw new Error('the example is no chart');
	const { spec } = compile(toSpec(definition, panel, PAGE_THEME) as unknown as TopLevelSpec);
	const view = new View(parse(spec, undefined, { ast: true }), {
		renderer: 'none',
		expr: expressionInterpreter
	});
	view.signal('x_to', 10);
	for (const name of DATA_SETS) view.insert(name, [...(data[name] ?? [])]);
	await view.runAsync();
	return view.toSVG();
}

test('a panel is drawn from its named data sets, in the colours of the page', async () => {
	const svg = await draw({
		lines: [
			{ x: 1, y: 0.5, series: 'accuracy', run: 'a' },
			{ x: 5, y: 0.8, series: 'accuracy', run: 'a' }
		],
		dots: [{ x: 5, y: 0.8, series: 'accuracy', label: 'accuracy 80 %' }],
		ends: [{ x: 5, y: 0.8, labelY: 0.8, series: 'accuracy' }],
		rules: [{ y: 0.5, label: 'guessing 50 %' }],
		faults: [{ x: 7, label: 'loss is NaN from step 7', labelY: 0.9 }]
	});
	for (const text of ['>accuracy<', '>guessing 50 %<', '>loss is NaN from step 7<', '>100%<']) {
		expect(svg).toContain(text);
	}
	expect(svg).toContain('stroke="var(--series-1)"');
	expect(svg).not.toMatch(/NaN(?! from)/);
});

test('an empty panel is axes and nothing else', async () => {
	const svg = await draw({});
	expect(svg).toContain('>100%<');
	expect(svg).not.toContain('>accuracy<');
});
