import { withoutByteOrderMark } from './text.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(withoutByteOrderMark(text));
	} catch {
		return undefined;
	}
}

/** For a Map, in which a key like `__proto__` is a key like any other. */
export function stringEntries(value: unknown): [string, string][] {
	if (!isRecord(value)) return [];
	return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}
