/** Made by `compile/bundle.js`. */
declare module '*?bundle' {
	const code: string;
	export default code;
}
