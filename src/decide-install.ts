import type { World } from './add.ts';
import { specOf } from './connector-packages.ts';
import { UsageError } from './errors.ts';
import { nameHint } from './nearest.ts';
import {
	installCommand,
	isPackageManagerName,
	PACKAGE_MANAGER_NAMES,
	type PackageManager,
	type PackageManagerName,
} from './package-managers.ts';
import { packagesToInstall, type Plan } from './plan.ts';
import type { Project } from './project.ts';
import type { Prospect } from './prospect.ts';
import { quoted } from './untrusted.ts';

/** What `--package-manager` names. Throws a UsageError. */
export function readManagerName(name: string | undefined): PackageManagerName | undefined {
	if (name === undefined || isPackageManagerName(name)) return name;
	throw new UsageError(
		`${quoted(name)} is not a package manager that flue can run.`,
		nameHint(name, PACKAGE_MANAGER_NAMES),
	);
}

async function decideManager({ packageManager }: Project, world: World, mayAsk: boolean): Promise<PackageManager> {
	if (packageManager.status === 'found') return packageManager.manager;
	if (packageManager.status === 'unsupported') {
		throw new UsageError(
			`flue cannot run the package manager of this project (${packageManager.from}).`,
			'Give --no-install and add the package yourself.',
		);
	}
	const lockfiles = packageManager.lockfiles.join(', ');
	if (!mayAsk) {
		throw new UsageError(
			`The package manager is not clear: there are ${lockfiles}.`,
			'Give --package-manager npm, pnpm, yarn or bun, or --no-install.',
		);
	}
	const { askPackageManager } = await import('./system/prompts.ts');
	return askPackageManager(lockfiles, world);
}

/** Undefined when nothing is to be installed. Throws a UsageError where nobody can say by which manager. */
export async function decideInstall(
	plan: Plan,
	project: Project,
	world: World,
	mayAsk: boolean,
): Promise<Prospect['install']> {
	const packages = packagesToInstall(plan);
	if (packages.length === 0) return undefined;
	const manager = await decideManager(project, world, mayAsk);
	return { manager, command: installCommand(manager, packages.map(specOf)) };
}
