import { createContext } from 'svelte';
import type { LessonPage } from './page.svelte';

/** The page that the components below it belong to. */
export const [getLessonPage, setLessonPage] = createContext<LessonPage>();
