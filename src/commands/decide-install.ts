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
import type { Proposal, Undecided } from '../plan/proposal.ts';
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

/** Why it is not known which manager installs. */
function undecidedManager(packageManager: Exclude<Project['packageManager'], { readonly status: 'found' }>): Undecided {
	if (packageManager.status === 'unsupported') {
		return {
			message: `flue cannot run the package manager of this project (${packageManager.from}).`,
			hint: 'Give --no-install and add the package yourself.',
		};
	}
	return {
		message: `The package manager is not clear: there are ${packageManager.lockfiles.join(', ')}.`,
		hint: 'Give --package-manager npm, pnpm, yarn or bun, or --no-install.',
	};
}

/** Nothing to install is undefined; so is what is not known, and then it is said why. */
type InstallDecision = Pick<Proposal, 'install' | 'undecided'>;

export async function decideInstall(
	plan: Plan,
	project: Project,
	context: Context,
	mayAsk: boolean,
): Promise<InstallDecision> {
	const { packageManager } = project;
	const packages = packagesToInstall(plan);
	if (packages.length === 0) return { install: undefined, undecided: [] };
	const by = (manager: PackageManager): InstallDecision => ({
		install: { manager, command: installCommand(manager, packages.map(specOf)) },
		undecided: [],
	});
	if (packageManager.status === 'found') return by(packageManager.manager);
	if (packageManager.status === 'ambiguous' && mayAsk) {
		const { askPackageManager } = await import('../terminal/prompts.ts');
		return by(await askPackageManager(packageManager.lockfiles.join(', '), context));
	}
	return { install: undefined, undecided: [undecidedManager(packageManager)] };
}
