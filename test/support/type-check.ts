import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { installedPackages } from './packages.ts';

/** What a project may ask of its compiler, beyond `strict`: all that is in `@tsconfig/strictest`, and more. */
export const STRICT_OPTIONS = {
	target: 'es2022',
	strict: true,
	allowUnusedLabels: false,
	allowUnreachableCode: false,
	noPropertyAccessFromIndexSignature: true,
	declaration: true,
	isolatedDeclarations: true,
	exactOptionalPropertyTypes: true,
	noUncheckedIndexedAccess: true,
	noImplicitOverride: true,
	noImplicitReturns: true,
	noFallthroughCasesInSwitch: true,
	noUnusedLocals: true,
	noUnusedParameters: true,
	erasableSyntaxOnly: true,
	verbatimModuleSyntax: true,
	isolatedModules: true,
	skipLibCheck: true,
	noEmit: true,
} as const;

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
}

/** Makes packages visible to `folder`; their own dependencies are found where the links lead. */
export function linkPackages(folder: string, packages: Readonly<Record<string, string>>): void {
	for (const [name, target] of Object.entries(packages)) {
		const link = join(folder, 'node_modules', name);
		mkdirSync(dirname(link), { recursive: true });
		symlinkSync(target, link, 'junction');
	}
}

/** What the compiler of this version says about the tsconfig's files; empty when they are right. */
export async function typeCheck(tsconfig: string, typescript: string): Promise<string> {
	const folder = await installedPackages({ typescript });
	const compiler = join(folder, 'node_modules/typescript/bin/tsc');
	const args = [compiler, '-p', tsconfig, '--pretty', 'false'];
	const { failed, all } = await execa(process.execPath, args, { all: true, reject: false });
	return failed ? all || 'the compiler did not run' : all;
}
