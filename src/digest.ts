import type Crypto from 'node:crypto';

/** `content` holds one character per byte, as the contents of all files do here. */
export function sha256(content: string): string {
	// Loaded at its first use: most runs need none.
	const { createHash } = require('node:crypto') as typeof Crypto;
	return createHash('sha256').update(content, 'latin1').digest('hex');
}
