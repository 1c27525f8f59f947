import type { AddOptions } from './add.ts';
import { ANSWERED } from './package-managers.ts';
import type { Project } from './project.ts';
import type { Prospect } from './prospect.ts';
import { printable } from './untrusted.ts';

/** A path is relative to the package root. */
export function pathFlags({ path }: Pick<AddOptions, 'path'>, { connectorPath }: Project): string[] {
	return path === undefined ? [] : ['--path', connectorPath.value];
}

/** The flags that shape the plan, as a reader in the package root has to repeat them. */
export function planFlags(options: AddOptions, project: Project, planned: Prospect['install']): string[] {
	const { runtime, install, example } = options;
	const packageManager = planned?.manager.from === ANSWERED ? planned.manager.name : options.packageManager;
	return [
		...pathFlags(options, project),
		...(runtime === undefined ? [] : ['--runtime', runtime.trim()]),
		...(packageManager === undefined ? [] : ['--package-manager', packageManager]),
		...(install ? [] : ['--no-install']),
		...(example === undefined ? [] : ['--example', example]),
	];
}

/** From a folder inside of the package the program finds it by itself, but a `--path` is relative to the package root. */
export function cwdFlags({ cwd, path }: Pick<AddOptions, 'cwd' | 'path'>, folder: string): string[] {
	return folder === '' || (cwd === undefined && path === undefined) ? [] : ['-C', printable(folder)];
}
