import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page that people read, by its path in the repository. */
export function readPage(path: string): string {
	return readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
}
