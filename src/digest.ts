import { requireBuiltin } from './builtin.ts';

/** `content` holds one character per byte, as the contents of all files do here. */
export function sha256(content: string): string {
	const { createHash } = requireBuiltin('node:crypto') as typeof import('node:crypto');
	return createHash('sha256').update(content, 'latin1').digest('hex');
}
