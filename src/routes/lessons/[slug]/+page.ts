import { error } from '@sveltejs/kit';
import type { Component } from 'svelte';
import type { Notebook } from '$lib/notebook/notebook';
import type { PageLoad } from './$types';

interface LessonModule {
	readonly default: Component;
}

const LESSONS = import.meta.glob<LessonModule>('/lessons/*/lesson.svx');

export const load: PageLoad = async ({ data, params }) => {
	const open = LESSONS[`/lessons/${params.slug}/lesson.svx`];
	if (!open) error(404, { message: 'There is no such lesson.' });
	const { default: prose } = await open();
	return { ...data, notebook: JSON.parse(data.notebook) as Notebook, prose };
};
