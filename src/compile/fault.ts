import { escapeText } from './prose.ts';
import type { Fault } from './tree.ts';

/** The page a faulty lesson becomes. Whoever imports it finds the same in `fault`. */
export function faultPage(file: string, fault: Fault): string {
	const exported = JSON.stringify({ file, line: fault.line, message: fault.message }).replaceAll(
		'<',
		'\\u003c'
	);
	return `<script module>
	export const fault = ${exported};
</script>

<section class="lesson-fault" role="alert">
	<h2>This lesson cannot be shown yet</h2>
	<p>There is a fault in <code>${escapeText(file)}</code>, line ${fault.line}:</p>
	<p><strong>${withCode(escapeText(fault.message))}</strong></p>
	<p>Correct that line and save the file. The other lessons are not affected.</p>
</section>
`;
}

/** What stands between backticks is code. */
function withCode(html: string): string {
	return html.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
