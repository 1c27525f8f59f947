import { extname, posix } from 'node:path';
import type { ImportExtension } from './project.ts';

/** The compiler options that decide how a relative import is written. */
export interface ImportOptions {
	readonly module?: string;
	readonly moduleResolution?: string;
	readonly allowImportingTsExtensions?: boolean;
	readonly rewriteRelativeImportExtensions?: boolean;
}

/** TypeScript's own extension → the one that the emitted file has. */
const EMITTED = { '.ts': '.js', '.mts': '.mjs' } as const satisfies Readonly<Record<string, ImportExtension>>;
type SourceExtension = keyof typeof EMITTED;

/** Node's own resolution, which never guesses an extension; every other one does. */
export function needsExtension({ module, moduleResolution }: ImportOptions): boolean {
	return /^node(?!10$)(?:next|\d\d)$/i.test(moduleResolution ?? module ?? '');
}

export function importExtension(options: ImportOptions, connectorPath: string): ImportExtension {
	const extension = extname(connectorPath);
	if (!isSourceExtension(extension)) return needsExtension(options) ? '.js' : '';
	const namesSource = options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true;
	if (needsExtension(options)) return namesSource ? extension : EMITTED[extension];
	// No resolver guesses `.mts`.
	return extension === '.mts' ? EMITTED[extension] : '';
}

function isSourceExtension(extension: string): extension is SourceExtension {
	return extension in EMITTED;
}

/** How the module at `from` imports the one at `to`; both are relative to the package root. */
export function importSpecifier(from: string, to: string, extension: ImportExtension): string {
	const path = posix.relative(posix.dirname(from), to).slice(0, -extname(to).length) + extension;
	return path.startsWith('../') ? path : `./${path}`;
}
