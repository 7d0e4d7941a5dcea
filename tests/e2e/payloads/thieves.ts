/** Outputs that take the keyboard, each by a way of its own, again and again. */

const every = (act: string, more = '') =>
	`<input id="i">${more}<script>setInterval(() => { ${act} }, 30)</script>`;

export const THIEVES: Readonly<Record<string, string>> = {
	focus: every('i.focus()'),
	select: every('i.select()'),
	'a label': every('l.click()', '<label id="l" for="i">x</label>'),
	'an address': every(`location.hash = location.hash === '#i' ? '#j' : '#i'`, '<input id="j">'),
	'a form': every('f.reportValidity()', '<form id="f"><input required></form>'),
	'a dialog': every('d.close(); d.showModal()', '<dialog id="d"><input></dialog>')
};
