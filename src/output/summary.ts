import { describeManager } from '../ecosystem/package-managers.ts';
import { shownCommand } from '../lib/shell.ts';
import type { Proposal } from '../plan/proposal.ts';
import { describeRuntime, describeTargets, sourceFolder } from '../project/project.ts';
import type { Summary } from '../terminal/prompts.ts';
import { describeChange } from './steps.ts';

function describeInstall({ install, project, plan }: Proposal): string {
	if (install !== undefined) return describeManager(install.manager);
	if (plan.packages.every(({ action }) => action === 'keep')) return 'nothing to install (package.json declares it)';
	const { packageManager } = project;
	if (packageManager.status === 'found') return `${packageManager.manager.name}, not run (--no-install)`;
	return packageManager.status === 'unsupported'
		? `flue cannot run that of ${packageManager.from}`
		: 'none is run (--no-install)';
}

/** What was found out about the project, each with its reason, and what a write would do. */
export function summarize(proposal: Proposal): Summary {
	const { verb, project, plan, install, changes } = proposal;
	const { sourceDir, connectorPath } = project;
	const folder = sourceFolder(project);
	const source = folder === '.' ? 'the package root' : `${folder}/`;
	const target = describeTargets(project);
	return {
		title: `flue ${verb} ${plan.connector}`,
		project: [
			['Runtime', describeRuntime(project.runtime)],
			...(target === '' ? [] : [['Target', target] as const]),
			['Sources', `${source} (${sourceDir.from})`],
			['File', `${connectorPath.value} (${connectorPath.from})`],
			['Manager', describeInstall(proposal)],
		],
		changes: [...(install === undefined ? [] : [shownCommand(install.command)]), ...changes.map(describeChange)],
		warnings: plan.warnings,
	};
}
