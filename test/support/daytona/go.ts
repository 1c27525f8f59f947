import { isUtf8 } from 'node:buffer';
import type { BigIntStats } from 'node:fs';

const ERROR_TEXTS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EBUSY: 'device or resource busy',
	EEXIST: 'file exists',
	EINVAL: 'invalid argument',
	EISDIR: 'is a directory',
	ELOOP: 'too many levels of symbolic links',
	ENAMETOOLONG: 'file name too long',
	ENOENT: 'no such file or directory',
	ENOSPC: 'no space left on device',
	ENOTDIR: 'not a directory',
	ENOTEMPTY: 'directory not empty',
	ENXIO: 'no such device or address',
	EPERM: 'operation not permitted',
	EROFS: 'read-only file system',
	EXDEV: 'invalid cross-device link',
};

/** Node refuses a NUL byte in a path before it asks the system, which would say EINVAL. */
export function errorCode(error: unknown): string {
	const code = (error as NodeJS.ErrnoException).code ?? '';
	return code === 'ERR_INVALID_ARG_VALUE' ? 'EINVAL' : code;
}

export function goErrorText(error: unknown): string {
	const text = ERROR_TEXTS[errorCode(error)];
	if (text === undefined) throw error;
	return text;
}

const FILE_TYPES: Readonly<Record<number, string>> = {
	0o040000: 'd',
	0o120000: 'L',
	0o060000: 'D',
	0o020000: 'Dc',
	0o010000: 'p',
	0o140000: 'S',
};

/** What `fs.FileMode.String()` prints: https://pkg.go.dev/io/fs#FileMode.String */
export function goFileMode(mode: number): string {
	const type = FILE_TYPES[mode & 0o170000] ?? '';
	const [leading, trailing] = type === 'Dc' ? ['D', 'c'] : [type, ''];
	const setuid = mode & 0o4000 ? 'u' : '';
	const setgid = mode & 0o2000 ? 'g' : '';
	const sticky = mode & 0o1000 ? 't' : '';
	const prefix = `${leading}${setuid}${setgid}${trailing}${sticky}`;
	const permissions = [...'rwxrwxrwx'].map((letter, i) => (mode & (0o400 >> i) ? letter : '-')).join('');
	return `${prefix === '' ? '-' : prefix}${permissions}`;
}

/** `+0200 CEST`: the offset and the abbreviation that the sandbox's clock shows. */
export type Zone = `${'+' | '-'}${string} ${string}`;

/** `time.Time.String()` and RFC 3339 with nanoseconds; both drop the zeros at the end of the fraction. */
export function goTimes(stats: BigIntStats, zone: Zone): { readonly string: string; readonly rfc3339: string } {
	const [offset = '+0000', name = 'UTC'] = zone.split(' ');
	const minutes = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5))) * (offset.startsWith('-') ? -1 : 1);
	const seconds = stats.mtimeNs / 1_000_000_000n;
	const fraction = (stats.mtimeNs % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
	const local = new Date(Number(seconds) * 1000 + minutes * 60_000).toISOString().slice(0, 19);
	const withFraction = fraction === '' ? local : `${local}.${fraction}`;
	const suffix = minutes === 0 ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3)}`;
	return { string: `${withFraction.replace('T', ' ')} ${offset} ${name}`, rfc3339: `${withFraction}${suffix}` };
}

/** As `encoding/json` writes a string: each byte that is not part of valid UTF-8 becomes one U+FFFD. */
export function goString(bytes: Buffer): string {
	if (isUtf8(bytes)) return bytes.toString('utf8');
	const parts: string[] = [];
	let valid = 0;
	for (let at = 0; at < bytes.length;) {
		const length = sequenceLength(bytes, at);
		if (length > 0) {
			at += length;
			continue;
		}
		parts.push(bytes.toString('utf8', valid, at), '\u{FFFD}');
		at += 1;
		valid = at;
	}
	parts.push(bytes.toString('utf8', valid));
	return parts.join('');
}

function sequenceLength(bytes: Buffer, at: number): number {
	const lead = bytes[at] ?? 0;
	if (lead < 0x80) return 1;
	const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
