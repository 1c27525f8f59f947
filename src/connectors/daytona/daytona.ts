import driver from '../../../templates/daytona/driver.ts.hbs';
import sessionMs from '../../../templates/daytona/session-ms.ts.hbs';
import session from '../../../templates/daytona/session.ts.hbs';
import { installAllCommand, knownManager } from '../../ecosystem/package-managers.ts';
import type { AgentApi, Contract, RuntimeProfile } from '../../ecosystem/flue-runtimes.ts';
import { shownCommand } from '../../lib/shell.ts';
import { otherKeyFiles, unignoredKeyFile } from '../../plan/env-keys.ts';
import { markerLine } from '../../plan/marker.ts';
import { choosePackages, type ConnectorPackage } from '../../plan/packages.ts';
import type { Plan, PlannedFile, PlannedPackage } from '../../plan/plan.ts';
import { describeUnfitNode, type Project } from '../../project/project.ts';
import type { PlanRequest } from '../connector.ts';
import { EXAMPLES } from './examples.ts';
import { daytona } from './facts.ts';
import { renderGuide } from './guide.ts';
import { connectorImport, exampleFile, manualSteps, runCommands } from './example-use.ts';
import RECORDED from './recorded.json' with { type: 'json' };

const TEMPLATES = { session, 'session-ms': sessionMs, driver } satisfies Record<Contract, (view: object) => string>;

/** How the connector is passed to Flue, in one line. */
const USAGES = {
	triggers: 'init({ sandbox: daytona(sandbox), model })',
	'create-agent': 'createAgent(() => ({ sandbox: daytona(sandbox), model }))',
	'define-workflow': 'defineAgent(() => ({ sandbox: daytona(sandbox), model }))',
	'use-agent': 'useSandbox(daytona(sandbox))',
} satisfies Record<AgentApi, string>;

/** The connector for a project with this runtime, without the marker line that the engine puts in front. */
export function renderConnectorFile(profile: RuntimeProfile): string {
	return TEMPLATES[profile.contract]({
		usage: USAGES[profile.agentApi],
		hasSandboxDiedError: profile.errors.includes('SandboxDiedError'),
	});
}

export { renderConnectorFile as render };

interface PlannedPackages {
	readonly packages: readonly PlannedPackage[];
	readonly notes: readonly string[];
}

/** A fresh clone: what it declares is the user's to install. */
function notInstalled({ packageManager }: Project): string {
	const manager = knownManager(packageManager);
	const how = manager === undefined ? 'with its package manager' : `with ${shownCommand(installAllCommand(manager))}`;
	return `The packages of this project are not installed: install them ${how}.`;
}

function planPackages(project: Project, wanted: readonly ConnectorPackage[]): PlannedPackages {
	const { dependencies, installed, hasInstall, catalogued } = project;
	const { packages, notes } = choosePackages(wanted, dependencies, installed, hasInstall, catalogued);
	const chosen = wanted.map(({ name }): PlannedPackage => {
		const missing = packages.find((spec) => spec.name === name);
		if (missing !== undefined) return { ...missing, action: 'install' };
		return { name, range: dependencies.get(name) ?? '', action: 'keep' };
	});
	const isCloned = !hasInstall && packages.length === 0;
	return { packages: chosen, notes: isCloned ? [...notes, notInstalled(project)] : notes };
}

function connectorFile({ runtime: { profile }, connectorPath }: Project): PlannedFile {
	// It would take long to compute them; the tests hold them equal to what is computed.
	const { fingerprint, sha256 } = RECORDED[profile.since as keyof typeof RECORDED];
	const marker = { connector: daytona.name, profile: profile.since, fingerprint };
	const content = `${markerLine(marker)}\n${renderConnectorFile(profile)}`;
	return { path: connectorPath.value, content, sha256 };
}

export { live } from './live.ts';
export { examplesLike, findExamples } from './own-examples.ts';

export function plan(project: Project, request: PlanRequest = {}): Plan {
	const { example: wanted, command = 'flue', found = [] } = request;
	const example = EXAMPLES.find(({ name }) => name === wanted);
	const used = EXAMPLES.filter(({ name }) => name === wanted || found.some((one) => one.name === name));
	const wantedByExamples = used.flatMap((one) => one.packages(project.runtime.profile));
	const { packages, notes } = planPackages(project, [...daytona.packages, ...new Set(wantedByExamples)]);
	const own = [
		describeUnfitNode(project),
		unignoredKeyFile(project),
		...otherKeyFiles('DAYTONA_API_KEY', project),
	].filter((warning) => warning !== undefined);
	return {
		connector: daytona.name,
		title: daytona.title,
		website: daytona.website,
		files: [
			connectorFile(project),
			...(example === undefined ? [] : [exampleFile(example, project)]),
			...found.filter(({ isInPlace }) => isInPlace).map(({ path, content }) => ({ path, content })),
		],
		packages,
		env: daytona.env,
		importSpecifier: connectorImport(project),
		guide: renderGuide(project, { example, command }),
		examples: EXAMPLES.filter(({ name }) => name !== (wanted ?? EXAMPLES[0]?.name)),
		run: example === undefined ? [] : runCommands(example, project, command),
		manual: example === undefined ? [] : manualSteps(example, project),
		warnings: [...project.warnings, ...notes, ...own],
	};
}
