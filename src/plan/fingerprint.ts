import type Crypto from 'node:crypto';

/** `content` holds one character per byte, as the contents of all files do here. */
export function sha256(content: string): string {
	return (require('node:crypto') as typeof Crypto).createHash('sha256').update(content, 'latin1').digest('hex');
}

/** 32 hex digits that tell one rendered template from all others. */
export function fingerprint(code: string): string {
	return sha256(code).slice(0, 32);
}
