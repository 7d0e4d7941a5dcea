import adapter from '@sveltejs/adapter-node';
import { lessonPreprocess } from './src/compile/preprocess.js';

/** @type {import('@sveltejs/kit').Config} */
const config = {
	extensions: ['.svelte', '.svx'],
	preprocess: [lessonPreprocess()],
	kit: {
		adapter: adapter(),
		// A dozen small requests for styles cost more than the bytes they bring.
		inlineStyleThreshold: 16_384,
		csp: {
			mode: 'nonce',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				'style-src': ['self'],
				'style-src-attr': ['unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'font-src': ['self', 'data:'],
				'connect-src': ['self'],
				'frame-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['self'],
				'frame-ancestors': ['none'],
				// Where the browser has them, no string becomes nodes or a script but by these: what Svelte
				// compiled, what DOMPurify has cleaned, and what ui/output/inert.ts only looks at.
				'require-trusted-types-for': ['script'],
				'trusted-types': ['svelte-trusted-html', 'dompurify', 'tuningfork-inert']
			}
		},
		version: { pollInterval: 60_000 }
	}
};

export default config;
