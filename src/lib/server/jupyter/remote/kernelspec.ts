/** Which of the kernels that the other server offers is taken. Pure. */
import type { RemoteAddress } from './address';
import { RemoteFailure } from './failure';

type Loose = Readonly<Record<string, unknown>>;

/**
 * The one that was named, else the server's default if that is Python, else the first of Python.
 * @param answer of `api/kernelspecs`
 * @throws RemoteFailure
 */
export function chooseKernel(address: RemoteAddress, answer: unknown): string {
	const { kernelspecs, default: preferred } = object(answer);
	if (typeof kernelspecs !== 'object' || kernelspecs === null)
		throw new RemoteFailure('remote-not-jupyter', { address: address.url, status: 200 });
	const specs = object(kernelspecs);
	const names = Object.keys(specs);
	const python = names.filter((name) => language(specs[name]) === 'python');
	const wanted = address.kernel ?? python.find((name) => name === preferred) ?? python[0];
	if (wanted !== undefined && names.includes(wanted)) return wanted;
	throw new RemoteFailure('remote-no-kernel', {
		address: address.url,
		named: address.kernel,
		offered: names.join(', ')
	});
}

function language(spec: unknown): string {
	const { spec: inner } = object(spec);
	const name = object(inner)['language'];
	return typeof name === 'string' ? name.toLowerCase() : '';
}

function object(value: unknown): Loose {
	return typeof value === 'object' && value !== null ? (value as Loose) : {};
}
