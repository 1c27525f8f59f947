import { fingerprint } from './fingerprint.ts';

/** The first line of a file that we generate; it tells where the file came from, and whether it was edited since. */
export interface Marker {
	readonly connector: string;
	readonly templateVersion: number;
	/** The runtime profile that the file was made for, by the version it begins with. */
	readonly profile: string;
	readonly fingerprint: string;
}

const PATTERN = /^\uFEFF?\/\/ flue-connectors: ([a-z0-9-]{1,64})@(\d{1,6}) profile=([\w.-]{1,64}) fingerprint=([0-9a-f]{32})\s*$/;

export function markerLine({ connector, templateVersion, profile, fingerprint }: Marker): string {
	return `// flue-connectors: ${connector}@${templateVersion} profile=${profile} fingerprint=${fingerprint}`;
}

export function withMarker(code: string, marker: Omit<Marker, 'fingerprint'>): string {
	return `${markerLine({ ...marker, fingerprint: fingerprint(code) })}\n${code}`;
}

export function readMarker(content: string): Marker | undefined {
	const [firstLine = ''] = content.split('\n', 1);
	const [, connector, version, profile, digest] = PATTERN.exec(firstLine) ?? [];
	if (connector === undefined || profile === undefined || digest === undefined) return undefined;
	return { connector, templateVersion: Number(version), profile, fingerprint: digest };
}

/** Whether the file is still what we wrote, give or take its formatting. */
export function isUntouched(content: string, marker: Marker): boolean {
	const lineEnd = content.indexOf('\n');
	return lineEnd !== -1 && fingerprint(content.slice(lineEnd + 1)) === marker.fingerprint;
}
