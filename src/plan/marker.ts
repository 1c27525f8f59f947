import { BYTE_ORDER_MARK, withoutByteOrderMark } from '../lib/text.ts';
import { markedOrigin, MOST_ABOVE } from '../project/existing-connectors.ts';
import { fingerprint } from './fingerprint.ts';
import { isSameCode } from './same-code.ts';

/** In the line of each file that we generate. A file that names a later one is left to the version of this tool that wrote it. */
export const TEMPLATE_VERSION = 1;

/** What a template makes for one runtime. */
export interface Original extends Pick<Marker, 'profile' | 'fingerprint'> {
	/** Without the marker's line. */
	readonly code: string;
}

/** What the template makes for all runtimes: a marker only claims which of them a file was. */
export type Originals = () => readonly Original[];

/** The first line of a file that we generate; it tells where the file came from, and whether it was edited since. */
export interface Marker {
	readonly connector: string;
	readonly templateVersion: number;
	/** The runtime profile that the file was made for, by the version it begins with. */
	readonly profile: string;
	readonly fingerprint: string;
}

const PATTERN =
	/^\/\/ flue-connectors: ([a-z0-9-]{1,64})@(\d{1,6}) profile=([\w.-]{1,64}) fingerprint=([0-9a-f]{32})\s*$/;

/** Many times the longest template: to look at the tokens of more, or to merge it, takes its time. */
export const LONGEST_FILE = 256 * 1024;

export function markerLine({ connector, profile, fingerprint }: Omit<Marker, 'templateVersion'>): string {
	return `// flue-connectors: ${connector}@${TEMPLATE_VERSION} profile=${profile} fingerprint=${fingerprint}`;
}

export function withMarker(code: string, marker: Pick<Marker, 'connector' | 'profile'>): string {
	return `${markerLine({ ...marker, fingerprint: fingerprint(code) })}\n${code}`;
}

export function readMarker(content: string): Marker | undefined {
	const [firstLine = ''] = content.split('\n', 1);
	const [, connector, version, profile, digest] = PATTERN.exec(withoutByteOrderMark(firstLine)) ?? [];
	if (connector === undefined || profile === undefined || digest === undefined) return undefined;
	return { connector, templateVersion: Number(version), profile, fingerprint: digest };
}

/** Those with the fingerprint of the marker; several runtimes may have the same text. */
export function findOriginals({ templateVersion, fingerprint: made }: Marker, originals: Originals): Original[] {
	return templateVersion === TEMPLATE_VERSION ? originals().filter((original) => original.fingerprint === made) : [];
}

/** What the file still is, give or take its formatting, where that is what its first line says; else it is edited. */
export function untouchedOriginal(content: string, originals: Originals): Original | undefined {
	const lineEnd = content.indexOf('\n');
	if (lineEnd === -1 || content.length > LONGEST_FILE) return undefined;
	const marker = readMarker(content);
	const original = marker && findOriginals(marker, originals).find(({ profile }) => profile === marker.profile);
	return original && isSameCode(original.code, content.slice(lineEnd + 1)) ? original : undefined;
}

interface MarkedText {
	readonly marker: Marker;
	/** What stands before the marker's line, its line end, and what follows. */
	readonly above: string;
	readonly lineEnd: string;
	readonly code: string;
}

/** The marker, in the first line or further down, and the text around it. */
export function findMarker(content: string): MarkedText | undefined {
	const bom = BYTE_ORDER_MARK.exec(content)?.[0].length ?? 0;
	const at = bom + content.slice(bom, MOST_ABOVE).search(/^\/\/ flue-connectors: /m);
	const end = content.indexOf('\n', at) + 1;
	const marker = at < bom || end === 0 ? undefined : readMarker(content.slice(at, end));
	if (marker === undefined) return undefined;
	const lineEnd = content.endsWith('\r\n', end) ? '\r\n' : '\n';
	return { marker, above: content.slice(0, at), lineEnd, code: content.slice(end) };
}

/** Whose work a file is that is not as we wrote it; `newer`: of a template that this version does not know. */
export function authorOf(content: string, connector: string): 'edited' | 'newer' | 'flue' | 'other' {
	const marker = findMarker(content)?.marker;
	if (marker?.connector === connector) return marker.templateVersion > TEMPLATE_VERSION ? 'newer' : 'edited';
	const origin = markedOrigin(content, connector) ?? 'other';
	return origin === 'ours' ? 'edited' : origin;
}
