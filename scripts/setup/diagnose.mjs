/** Reads what a package tool printed and names the cause, so that a person never has to. Pure. */
import {
	badCertificate,
	diskFull,
	lockMismatch,
	noNetwork,
	readOnly,
	stepFailed
} from './trouble.mjs';

const FULL = /ENOSPC|No space left on device|\[Errno 28\]|not enough space|EDQUOT|quota exceeded/i;
const CERTIFICATE =
	/CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF|certificate verify failed/i;
const NETWORK =
	/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network (is )?unreachable|name resolution|Failed to establish a new connection|NewConnectionError|NameResolutionError|Read timed out|ConnectTimeout|Max retries exceeded|Could not resolve|Connection refused|Connection broken|IncompleteRead|Tunnel connection failed|ProxyError|Failed to fetch/i;
const DENIED = /EACCES|EPERM|EROFS|Permission denied|Read-only file system|\[Errno (13|30)\]/i;
const LOCK = /npm ci` can only install|can only install packages when your package\.json/i;

/**
 * @param {{ step: string, folder: string, needMb: number, freeMb: number | null, log: string }} about
 * @param {readonly string[]} lines what the tool printed last
 */
export function diagnose(about, lines) {
	const text = lines.join('\n');
	if (FULL.test(text)) return diskFull(about.step, about.needMb, about.freeMb);
	if (CERTIFICATE.test(text)) return badCertificate(about.step);
	if (NETWORK.test(text)) return noNetwork(about.step);
	if (DENIED.test(text)) return readOnly(about.folder);
	if (LOCK.test(text)) return lockMismatch();
	return stepFailed(about.step, about.log, lines);
}

/** The same for an error of our own reading and writing; null for anything else, which is a bug. @param {unknown} error @param {string} folder */
export function diagnoseError(error, folder) {
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	if (['ENOSPC', 'EDQUOT'].includes(code)) return diskFull('write in the project folder', 1, null);
	return ['EACCES', 'EPERM', 'EROFS'].includes(code) ? readOnly(folder) : null;
}
