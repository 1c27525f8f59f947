import { join } from 'node:path';
import { isRecord, type JsonRecord } from '../json.ts';
import { readTextIfAny } from './files.ts';

/** Parsing YAML takes seconds for megabytes, and no honest file of this kind is large. */
const LARGEST_YAML = 256 * 1024;

/** Undefined when there is no such file, or nothing that can be read in it. */
export async function readYaml(folder: string, name: string): Promise<JsonRecord | undefined> {
	const text = readTextIfAny(join(folder, name));
	if (text === undefined || text.length > LARGEST_YAML) return undefined;
	const { parse } = await import('yaml');
	try {
		const value: unknown = parse(text, { logLevel: 'silent' });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
