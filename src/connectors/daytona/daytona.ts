import { type ConnectorPackage, choosePackages } from '../../connector-packages.ts';
import { unignoredKeyFile } from '../../key-place.ts';
import { markerLine } from '../../marker.ts';
import type { Plan, PlannedFile, PlannedPackage } from '../../plan.ts';
import type { Project } from '../../project.ts';
import type { PlanRequest } from '../connector.ts';
import { renderConnectorFile } from './connector-file.ts';
import { EXAMPLES } from './examples.ts';
import { daytona } from './facts.ts';
import { connectorImport, exampleCommands, exampleFile, renderGuide } from './guide.ts';

export { templates } from './connector-file.ts';

interface PlannedPackages {
	readonly packages: readonly PlannedPackage[];
	readonly notes: readonly string[];
}

function planPackages({ dependencies, installed }: Project, wanted: readonly ConnectorPackage[]): PlannedPackages {
	const { packages, notes } = choosePackages(wanted, dependencies, installed);
	const chosen = wanted.map(({ name }): PlannedPackage => {
		const missing = packages.find((spec) => spec.name === name);
		if (missing !== undefined) return { ...missing, action: 'install' };
		return { name, range: dependencies.get(name) ?? '', action: 'keep' };
	});
	return { packages: chosen, notes };
}

function connectorFile({ runtime: { profile }, connectorPath }: Project): PlannedFile {
	const { fingerprint, sha256 } = daytona.recorded[profile.since as keyof typeof daytona.recorded];
	const marker = {
		connector: daytona.name,
		templateVersion: daytona.templateVersion,
		profile: profile.since,
		fingerprint,
	};
	const content = `${markerLine(marker)}\n${renderConnectorFile(profile)}`;
	return { path: connectorPath.value, content, sha256 };
}

export function plan(project: Project, { example: wanted, command = 'flue' }: PlanRequest = {}): Plan {
	const example = EXAMPLES.find(({ name }) => name === wanted);
	const { packages, notes } = planPackages(project, [
		...daytona.packages,
		...(example?.packages(project.runtime.profile) ?? []),
	]);
	const keyWarning = unignoredKeyFile(project);
	return {
		connector: daytona.name,
		title: daytona.title,
		website: daytona.website,
		files: [connectorFile(project), ...(example === undefined ? [] : [exampleFile(example, project)])],
		packages,
		env: daytona.env,
		importSpecifier: connectorImport(project),
		guide: renderGuide(project, { example, command }),
		run: example && exampleCommands(example, project, command).run,
		warnings: [...project.warnings, ...notes, ...(keyWarning === undefined ? [] : [keyWarning])],
	};
}
