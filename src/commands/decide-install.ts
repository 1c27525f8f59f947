import {
	installCommand,
	isPackageManagerName,
	PACKAGE_MANAGER_NAMES,
	type PackageManager,
	type PackageManagerName,
} from '../ecosystem/package-managers.ts';
import { nameHint } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { quoted } from '../lib/sanitize.ts';
import { specOf } from '../plan/packages.ts';
import { packagesToInstall, type Plan } from '../plan/plan.ts';
import type { Proposal } from '../plan/proposal.ts';
import type { Project } from '../project/project.ts';
import type { Context } from '../terminal/context.ts';

/** What `--package-manager` names. Throws a UsageError. */
export function readManagerName(name: string | undefined): PackageManagerName | undefined {
	if (name === undefined || isPackageManagerName(name)) return name;
	throw new UsageError(
		`${quoted(name)} is not a package manager that flue can run.`,
		nameHint(name, PACKAGE_MANAGER_NAMES),
	);
}

async function decideManager({ packageManager }: Project, context: Context, mayAsk: boolean): Promise<PackageManager> {
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
	const { askPackageManager } = await import('../terminal/prompts.ts');
	return askPackageManager(lockfiles, context);
}

/** Undefined when nothing is to be installed. Throws a UsageError where nobody can say by which manager. */
export async function decideInstall(
	plan: Plan,
	project: Project,
	context: Context,
	mayAsk: boolean,
): Promise<Proposal['install']> {
	const packages = packagesToInstall(plan);
	if (packages.length === 0) return undefined;
	const manager = await decideManager(project, context, mayAsk);
	return { manager, command: installCommand(manager, packages.map(specOf)) };
}
