import { BYTE_ORDER_MARK, MOST_ABOVE } from '../project/existing-connectors.ts';
import { fingerprint } from './fingerprint.ts';
import { isSameCode } from './same-code.ts';

/** What a template makes for one runtime. */
export interface Original extends Omit<Marker, 'connector'> {
	/** Without the marker's line. */
	readonly code: string;
}

/** What all templates make for all runtimes: a marker only claims which of them a file was. */
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

export function markerLine({ connector, templateVersion, profile, fingerprint }: Marker): string {
	return `// flue-connectors: ${connector}@${templateVersion} profile=${profile} fingerprint=${fingerprint}`;
}

export function withMarker(code: string, marker: Omit<Marker, 'fingerprint'>): string {
	return `${markerLine({ ...marker, fingerprint: fingerprint(code) })}\n${code}`;
}

export function readMarker(content: string): Marker | undefined {
	const [firstLine = ''] = content.split('\n', 1);
	const [, connector, version, profile, digest] = PATTERN.exec(firstLine.replace(BYTE_ORDER_MARK, '')) ?? [];
	if (connector === undefined || profile === undefined || digest === undefined) return undefined;
	return { connector, templateVersion: Number(version), profile, fingerprint: digest };
}

/** The template that the marker names, where the fingerprint is that of what it makes. */
export function findOriginal(marker: Marker, originals: Originals): Original | undefined {
	return originals().find(
		({ templateVersion, profile, fingerprint: made }) =>
			templateVersion === marker.templateVersion && profile === marker.profile && made === marker.fingerprint,
	);
}

/** What the file still is, give or take its formatting, where that is what its first line says; else it is edited. */
export function untouchedOriginal(content: string, originals: Originals): Original | undefined {
	const lineEnd = content.indexOf('\n');
	if (lineEnd === -1 || content.length > LONGEST_FILE) return undefined;
	const marker = readMarker(content);
	const original = marker && findOriginal(marker, originals);
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
