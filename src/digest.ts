import crypto from 'node:crypto';

/** `content` holds one character per byte, as the contents of all files do here. */
export function sha256(content: string): string {
	return crypto.createHash('sha256').update(content, 'latin1').digest('hex');
}
