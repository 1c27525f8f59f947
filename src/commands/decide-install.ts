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

/** Why it is not known which manager installs, and what the user can do: two sentences. */
function undecided(
	packageManager: Exclude<Project['packageManager'], { readonly status: 'found' }>,
): readonly [message: string, hint: string] {
	if (packageManager.status === 'unsupported') {
		return [
			`flue cannot run the package manager of this project (${packageManager.from}).`,
			'Give --no-install and add the package yourself.',
		];
	}
	return [
		`The package manager is not clear: there are ${packageManager.lockfiles.join(', ')}.`,
		'Give --package-manager npm, pnpm, yarn or bun, or --no-install.',
	];
}

interface InstallDecision {
	/** Undefined when nothing is to be installed, or it is not known by which manager. */
	readonly install: Proposal['install'];
	/** What is still to be decided before a write. */
	readonly warnings: readonly string[];
}

/** Only a write has to know the manager. Throws a UsageError where nobody can say which. */
export async function decideInstall(
	plan: Plan,
	project: Project,
	context: Context,
	{ mayAsk, isWrite }: { readonly mayAsk: boolean; readonly isWrite: boolean },
): Promise<InstallDecision> {
	const { packageManager } = project;
	const packages = packagesToInstall(plan);
	if (packages.length === 0) return { install: undefined, warnings: [] };
	const by = (manager: PackageManager): InstallDecision => ({
		install: { manager, command: installCommand(manager, packages.map(specOf)) },
		warnings: [],
	});
	if (packageManager.status === 'found') return by(packageManager.manager);
	if (packageManager.status === 'ambiguous' && mayAsk) {
		const { askPackageManager } = await import('../terminal/prompts.ts');
		return by(await askPackageManager(packageManager.lockfiles.join(', '), context));
	}
	const [message, hint] = undecided(packageManager);
	if (isWrite) throw new UsageError(message, hint);
	return { install: undefined, warnings: [`${message} ${hint}`] };
}
