/** Ears on the loopback: a TCP and a UDP socket of one port for each name, and what they heard. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Ear {
	/** Address and port, as a payload writes it. */
	readonly host: string;
	/** Names a protocol for each connection or datagram, in order. */
	readonly heard: string[];
	close(): void;
}

export async function listen(): Promise<Ear> {
	const heard: string[] = [];
	const tcp = createServer((socket) => {
		heard.push('tcp');
		socket.on('error', () => undefined);
		socket.destroy();
	});
	tcp.listen(0, '127.0.0.1');
	await once(tcp, 'listening');
	const address = tcp.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const udp = createSocket('udp4');
	udp.on('message', () => heard.push('udp'));
	udp.bind(port, '127.0.0.1');
	await once(udp, 'listening');
	return {
		host: `127.0.0.1:${port}`,
		heard,
		close() {
			tcp.close();
			udp.close();
		}
	};
}

/** One for each payload, and the payloads with the addresses filled in. */
export async function listenForEach(
	payloads: Readonly<Record<string, string>>
): Promise<{ readonly ears: ReadonlyMap<string, Ear>; readonly filled: readonly string[] }> {
	const ears = new Map<string, Ear>();
	for (const name of Object.keys(payloads)) ears.set(name, await listen());
	const filled = Object.entries(payloads).map(([name, text]) =>
		text.replaceAll('HOST', ears.get(name)?.host ?? '')
	);
	return { ears, filled };
}

/** Names of the payloads that were heard of. */
export function heardOf(ears: ReadonlyMap<string, Ear>): readonly string[] {
	return [...ears].flatMap(([name, { heard }]) => (heard.length > 0 ? [name] : []));
}
