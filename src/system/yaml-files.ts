import { join } from 'node:path';
import { isRecord, type JsonRecord } from '../json.ts';
import { readTextIfAny } from './files.ts';

/** No honest file of this kind is large. */
const LARGEST_YAML = 256 * 1024;

/** A reader walks what an alias stands for once for each alias. */
const MOST_ALIASES = 100;

/** Undefined when there is no such file, or nothing that can be read in it. */
export async function readYaml(folder: string, name: string): Promise<JsonRecord | undefined> {
	const text = readTextIfAny(join(folder, name));
	if (text === undefined || text.length > LARGEST_YAML) return undefined;
	const { load } = await import('js-yaml');
	try {
		// Of a key that stands there twice, as `json` says, the last one counts.
		const value = load(text, { json: true, maxAliases: MOST_ALIASES });
		return isRecord(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
