import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installedPackages } from './packages.ts';

interface Diagnostic {
	readonly code: number;
	readonly start: number;
	readonly length: number;
	readonly messageText: string | { readonly messageText: string };
}

/** The part of TypeScript's own API that is used here: TypeScript 7, which checks this file, has none. */
interface TypeScript {
	readonly sys: { readonly useCaseSensitiveFileNames: boolean; readFile(path: string): string | undefined };
	readonly ScriptSnapshot: { fromString(text: string): unknown };
	readonly ScriptTarget: { readonly ES2022: number };
	readonly ModuleKind: { readonly ESNext: number };
	readonly ModuleResolutionKind: { readonly Bundler: number };
	getDefaultLibFilePath(options: object): string;
	createLanguageService(host: object): {
		getSuggestionDiagnostics(file: string): readonly Diagnostic[];
		getSemanticDiagnostics(file: string): readonly Diagnostic[];
	};
}

const IS_DEPRECATED = new Set([6385, 6387]);

async function loadTypeScript(): Promise<TypeScript> {
	const folder = await installedPackages({ typescript: '5.9.3' });
	return createRequire(join(folder, 'package.json'))('typescript') as TypeScript;
}

/** The deprecated names that these files use, as an editor would strike them through: "file: name". */
export async function findDeprecations(files: readonly string[]): Promise<string[]> {
	const ts = await loadTypeScript();
	const options = {
		target: ts.ScriptTarget.ES2022,
		module: ts.ModuleKind.ESNext,
		moduleResolution: ts.ModuleResolutionKind.Bundler,
		strict: true,
		skipLibCheck: true,
	};
	const service = ts.createLanguageService({
		...ts.sys,
		useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
		getCompilationSettings: () => options,
		getScriptFileNames: () => files,
		getScriptVersion: () => '1',
		getScriptSnapshot: (file: string) => {
			const text = ts.sys.readFile(file);
			return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
		},
		getCurrentDirectory: () => '/',
		getDefaultLibFileName: () => ts.getDefaultLibFilePath(options),
	});
	return files.flatMap((file) => {
		const unresolved = service.getSemanticDiagnostics(file);
		if (unresolved.length > 0)
			throw new Error(`${file} does not compile: ${JSON.stringify(unresolved[0]?.messageText)}`);
		const text = ts.sys.readFile(file) ?? '';
		return service
			.getSuggestionDiagnostics(file)
			.filter(({ code }) => IS_DEPRECATED.has(code))
			.map(({ start, length }) => `${file}: ${text.slice(start, start + length)}`);
	});
}
