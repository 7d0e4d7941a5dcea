import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
	plugins: [sveltekit()],
	...(process.env['TF_VITE_CACHE'] ? { cacheDir: process.env['TF_VITE_CACHE'] } : {}),
	server: { fs: { allow: ['lessons'] } }
});
