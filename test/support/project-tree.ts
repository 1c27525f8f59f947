import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Path → content; an object becomes JSON, and a path that ends in `/` a folder. */
export type Tree = Readonly<Record<string, string | object>>;

/** A folder with these files in it, removed when the test has ended. */
export function projectTree(tree: Tree): string {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'flue-project-')));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	for (const [path, content] of Object.entries(tree)) {
		const file = join(root, path);
		mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true });
		if (!path.endsWith('/')) writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, '\t'));
	}
	return root;
}

/** A package.json that asks for this `@flue/runtime`. */
export function flueManifest(runtime: string, rest: object = {}): object {
	return { name: 'app', type: 'module', dependencies: { '@flue/runtime': runtime }, ...rest };
}
