import { labelled, wrap } from '../lib/text.ts';
import type { Proposal } from '../plan/proposal.ts';
import { describeRuntime } from '../project/project.ts';
import { describeSteps } from './text.ts';

const NARROW = 50;

function entry(name: string, text: string, width: number): string[] {
	if (width >= NARROW) return labelled(`  ${name.padEnd(9)}`, text, width);
	return [`  ${name}`, ...labelled('    ', text, width)];
}

function describeManager({ install, project, plan }: Proposal): string {
	if (install !== undefined) return `${install.manager.name} (${install.manager.from})`;
	if (plan.packages.every(({ action }) => action === 'keep')) return 'nothing to install (package.json declares it)';
	const { packageManager } = project;
	return packageManager.status === 'found'
		? `${packageManager.manager.name}, not run (--no-install)`
		: 'none is run (--no-install)';
}

/** What was found out about the project, each with its reason, and what a write would do; in lines of at most `width`. */
export function summarize(proposal: Proposal, width: number): string[] {
	const { project, plan } = proposal;
	const { sourceDir, connectorPath } = project;
	const source = sourceDir.value === '.' ? 'the package root' : `${sourceDir.value}/`;
	return [
		...wrap(`${plan.title}, for what was found here:`, width),
		...entry('runtime', describeRuntime(project.runtime), width),
		...entry('sources', `${source} (${sourceDir.from})`, width),
		...entry('file', `${connectorPath.value} (${connectorPath.from})`, width),
		...entry('manager', describeManager(proposal), width),
		...wrap('A write would, in this order:', width),
		...describeSteps(proposal).flatMap((step) => labelled('  - ', step, width)),
		...plan.warnings.flatMap((warning) => labelled('Warning: ', warning, width)),
	];
}
