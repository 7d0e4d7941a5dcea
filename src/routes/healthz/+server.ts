/** The old name of `/health/live`. */
export { GET } from '../health/live/+server';
