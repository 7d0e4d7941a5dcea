/**
 * Runs in the frame, before anything foreign. A content security policy does not reach all that can
 * open a connection (WebRTC, `<link rel=preconnect>`, the connection that a browser opens for a navigation
 * before it refuses it). Where the browser knows the header `Connection-Allowlist` nothing passes it; for
 * the others these are taken away here: the constructors, and every way to another realm that would have
 * them again (a frame within the frame, a `javascript:` address, a written document). Only navigation of
 * the frame itself cannot be: a document without an origin has no event for it.
 *
 * Foreign code may replace any method of any prototype afterwards. Whatever decides here is therefore
 * held as it was at the start and called without looking anything up.
 */

const NAMES = 'iframe|frame|frameset|object|embed|applet|portal|fencedframe|webview|link|meta|base';

/** Connections that no policy forbids, and ways to elements that pass no string and no `createElement`. */
const TAKEN = [
	'RTCPeerConnection',
	'webkitRTCPeerConnection',
	'RTCIceTransport',
	'RTCDtlsTransport',
	'RTCDataChannel',
	'WebTransport',
	'PaymentRequest',
	'PresentationRequest',
	'XSLTProcessor',
	'fetchLater',
	'open'
];

type Method = (...args: never[]) => unknown;

/** A method as it is now, with its object as first argument. */
export function hold<Args extends unknown[], Result>(
	method: (this: never, ...args: Args) => Result
): (self: unknown, ...args: Args) => Result {
	return Function.prototype.call.bind(method as Method) as never;
}

function heldOf(owner: object, name: string): (...args: unknown[]) => unknown {
	return hold((owner as Record<string, Method>)[name] as (...args: unknown[]) => unknown);
}

const toText = String;
const execute = hold(RegExp.prototype.exec);
const replaceIn = hold(
	RegExp.prototype[Symbol.replace] as (this: RegExp, text: string, by: string) => string
);

/** An expression that asks nothing of its prototype. */
function sealed(pattern: RegExp): RegExp {
	const { exec } = RegExp.prototype;
	Object.defineProperties(pattern, { exec: { value: exec }, flags: { value: pattern.flags } });
	return pattern;
}

const TAG = sealed(new RegExp(`<(/?(?:[^\\s<>/:]*:)?)(${NAMES})(?=[\\s/>]|$)`, 'gi'));
const NAME = sealed(new RegExp(`^(?:[^:]*:)?(?:${NAMES})$`, 'i'));
/** In XML an entity could spell a tag that no search finds. */
const ENTITY = sealed(/<!ENTITY/gi);

/** HTML or XML in which what could open another document, or a connection, is an unknown element. */
export function tame(markup: string): string {
	return replaceIn(TAG, replaceIn(ENTITY, markup, '<!BLOCKED'), '<$1x-blocked-$2');
}

function tameName(name: unknown): string {
	const text = toText(name);
	return execute(NAME, text) === null ? text : 'x-blocked-element';
}

export function seal(write: (markup: string) => void): void {
	for (const name of TAKEN) Reflect.deleteProperty(globalThis, name);
	sealStrings();
	sealElements();
	sealWriting(write);
	sealFocus();
}

interface PolicyFactory {
	createPolicy(name: string, rules: object): unknown;
}

/** From here on every string that becomes nodes passes `tame`, where the browser has Trusted Types. */
function sealStrings(): void {
	const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
	factory?.createPolicy('default', {
		createHTML: tame,
		createScript: (code: string, _type: string, sink: string) =>
			// An address that is code would put a fresh document, with everything, in the place of this.
			sink === 'Location href' ? null : code,
		createScriptURL: (address: string) => address
	});
}

function replaceMethod(owner: object, name: string, value: unknown): void {
	Object.defineProperty(owner, name, { value, writable: true, configurable: true });
}

function sealElements(): void {
	const create = heldOf(Document.prototype, 'createElement');
	const createNS = heldOf(Document.prototype, 'createElementNS');
	const define = heldOf(CustomElementRegistry.prototype, 'define');
	replaceMethod(Document.prototype, 'createElement', function (this: Document, name: unknown) {
		return create(this, tameName(name));
	});
	replaceMethod(
		Document.prototype,
		'createElementNS',
		function (this: Document, space: unknown, name: unknown) {
			return createNS(this, space, tameName(name));
		}
	);
	// Elements that extend a built-in one would be another way to a frame; nobody needs them here.
	replaceMethod(
		CustomElementRegistry.prototype,
		'define',
		function (this: unknown, name: unknown, made: unknown) {
			define(this, name, made);
		}
	);
}

/** Writing a document anew, piece by piece, would pass the search for tags. */
function sealWriting(write: (markup: string) => void): void {
	const written = (...parts: unknown[]) => {
		let all = '';
		for (let index = 0; index < parts.length; index += 1) all += toText(parts[index]);
		write(all);
	};
	replaceMethod(Document.prototype, 'write', written);
	replaceMethod(Document.prototype, 'writeln', written);
	replaceMethod(Document.prototype, 'open', () => document);
	replaceMethod(Document.prototype, 'close', () => undefined);
	for (const owner of [Element.prototype, ShadowRoot.prototype, Document.prototype, Document]) {
		for (const name of Object.getOwnPropertyNames(owner)) {
			if (/^(stream|append|prepend|before|after|replaceWith).*HTML/.test(name)) {
				Reflect.deleteProperty(owner, name);
			}
		}
	}
}

/** A script gets the keyboard only while the reader acts in this frame. The page looks as well. */
function sealFocus(): void {
	const { userActivation } = navigator;
	const read = Object.getOwnPropertyDescriptor(UserActivation.prototype, 'isActive')?.get;
	if (!read) return;
	const isActive = (read as () => boolean).bind(userActivation);
	for (const owner of [HTMLElement.prototype, SVGElement.prototype, globalThis]) {
		const focus = hold(owner.focus as (...args: unknown[]) => void);
		replaceMethod(owner, 'focus', function (this: unknown, ...args: unknown[]) {
			if (isActive()) focus(this, ...args);
		});
	}
}
