import { posix } from 'node:path';
import guideTemplate from '../../../templates/daytona/guide.md.hbs';
import { flueCliRange } from '../../ecosystem/flue-versions.ts';
import { installCommand, knownManager } from '../../ecosystem/package-managers.ts';
import { shownCommand } from '../../lib/shell.ts';
import { fenceAround } from '../../lib/text.ts';
import { keyPlace } from '../../plan/env-keys.ts';
import { specOf } from '../../plan/packages.ts';
import type { Project } from '../../project/project.ts';
import { agentFolder, commandLines, connectorImport, exampleFile, exampleTargets, manualSteps } from './example-use.ts';
import { type Example, EXAMPLES } from './examples.ts';
import { daytona } from './facts.ts';

interface GuideOptions {
	/** The one that is written anyway. */
	readonly example: Example | undefined;
	/** What a reader types to run this very program. */
	readonly command: string;
}

/** An agent answers over HTTP where its route is, a workflow if it exports one; tried with 0.11.1 and 2.1.0. */
function howToCall(path: string, { runtime: { profile } }: Project): string {
	const name = posix.basename(path, '.ts');
	if (profile.agentApi === 'use-agent')
		return `Where it is served, POST \`{ "kind": "user", "body": "..." }\` as JSON to \`/agents/${name}/<id>\`, then GET the same address.`;
	if (profile.cloudflare.runs !== 'dev' || profile.cloudflare.migrations === 'flue') return '';
	return (
		'Served, it answers only if it exports `route: WorkflowRouteHandler`, for example `async (_c, next) => next()`, which lets everybody in. ' +
		`Then POST its payload as JSON to \`/workflows/${name}?wait=result\`.`
	);
}

function showExample(example: Example, project: Project, { command, example: written }: GuideOptions): object {
	const { path, content } = exampleFile(example, project);
	const commands = commandLines(example, project, command);
	const windows = commands.flatMap((line) => line.windows ?? []);
	const packages = example.packages(project.runtime.profile);
	const isWritten = example.name === written?.name;
	return {
		title: example.title,
		description: example.description,
		path,
		content: isWritten ? '' : content,
		fence: fenceAround(content),
		needs: isWritten ? '' : packages.map(({ name, tested }) => specOf({ name, range: tested })).join(' and '),
		run: [...new Set(commands.map(({ line }) => line))].join('\n'),
		cmd: [...new Set(windows.map(({ cmd }) => cmd))].join('\n'),
		powershell: [...new Set(windows.map(({ powershell }) => powershell))].join('\n'),
		served: exampleTargets(project).includes('cloudflare') ? howToCall(path, project) : '',
		manual: isWritten ? [] : manualSteps(example, project),
	};
}

/** Whose the commands are that serve and run an agent. */
function describeFlueCli({ dependencies, runtime, packageManager }: Project): string {
	const isThere = dependencies.has('@flue/cli');
	const manager = knownManager(packageManager);
	const spec = `@flue/cli${flueCliRange(runtime.version)}`;
	const how = manager === undefined ? spec : shownCommand(installCommand(manager, [spec]));
	return `Flue's own program, \`@flue/cli\`, does that: ${isThere ? 'package.json has it.' : `the user installs it first (\`${how}\`).`}`;
}

export function renderGuide(project: Project, options: GuideOptions): string {
	const shown = options.example ?? EXAMPLES[0];
	return guideTemplate({
		dashboard: 'https://app.daytona.io/dashboard/keys',
		website: daytona.website,
		keyPlace: keyPlace('DAYTONA_API_KEY', project),
		importSpecifier: connectorImport(project),
		agentFolder: agentFolder(project),
		examples: shown === undefined ? [] : [showExample(shown, project, options)],
		flueCli: describeFlueCli(project),
	});
}
