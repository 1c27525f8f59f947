import { join } from 'node:path';
import { isRecord, type JsonRecord } from '../json.ts';
import { readTextIfAny } from './files.ts';

/** Parsing YAML takes seconds for megabytes, and no honest file of this kind is large. */
const LARGEST_YAML = 256 * 1024;

/** Of nested explicit keys (`? ? ? a`) each one doubles the parser's work; nobody writes such a file by hand. */
const MOST_EXPLICIT_KEYS = 50;
const EXPLICIT_KEY = /(?<=^|[\s[{,])\?\s/g;

function isSimple(text: string): boolean {
	return text.length <= LARGEST_YAML && (text.match(EXPLICIT_KEY) ?? []).length <= MOST_EXPLICIT_KEYS;
}

/** Undefined when there is no such file, or nothing that can be read in it. */
export async function readYaml(folder: string, name: string): Promise<JsonRecord | undefined> {
	const text = readTextIfAny(join(folder, name));
	if (text === undefined || !isSimple(text)) return undefined;
	const { parse } = await import('yaml');
	try {
		// To look for keys that stand there twice takes the square of their number.
		const value: unknown = parse(text, { logLevel: 'silent', uniqueKeys: false });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
