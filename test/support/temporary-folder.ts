import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Files = Readonly<Record<string, string | object>>;

/** Objects become JSON; a path that ends with `/` becomes an empty folder. */
export function writeFiles(folder: string, files: Files): void {
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(path.endsWith('/') ? join(folder, path) : dirname(join(folder, path)), { recursive: true });
		if (path.endsWith('/')) continue;
		writeFileSync(join(folder, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
	}
}

/** A real folder that goes away with the test. */
export function temporaryFolder(files: Files = {}): string {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flue test-')));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	writeFiles(folder, files);
	return folder;
}
