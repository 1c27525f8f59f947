import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type LoopbackDaytona, startDaytona } from './daytona.ts';
import { type Flue, type FlueProject, flueProject, importFirst, modelModule } from './flue-project.ts';
import { type ModelServer, startModel, type ToolCall } from './model-server.ts';

/** A project in which `flue add` has put one example, with all that it talks to. */
export interface Scene {
	readonly daytona: LoopbackDaytona;
	readonly model: ModelServer;
	readonly project: FlueProject;
	/** Of the example, relative to the project. */
	readonly path: string;
	/** How the example is run, as `flue add` said it. */
	readonly command: string;
}

export async function scaffold(
	flue: Flue,
	example: string,
	script: (message: string) => readonly ToolCall[],
): Promise<Scene> {
	const daytona = await startDaytona();
	onTestFinished(() => daytona.close());
	const model = await startModel(script);
	const project = await flueProject(flue, {
		'.flue/model.ts': modelModule(flue, model.baseUrl),
		// The loopback has no web socket that tells of states.
		'.env': `DAYTONA_API_KEY=${daytona.apiKey}\nDAYTONA_API_URL=${daytona.apiUrl}\nDAYTONA_USE_DEPRECATED_POLLING=true\n`,
	});
	const added = await project.run(`flue add daytona --write --no-install --json --example ${example}`);
	const { exitCode, changes, next } = JSON.parse(added.stdout);
	expect({ exitCode, stderr: added.stderr }).toEqual({ exitCode: 0, stderr: '' });
	importFirst(join(project.cwd, changes[1].path), '../model.ts');
	return { daytona, model, project, path: changes[1].path, command: next[0].command };
}

/** The output of a command that ends well. */
export async function succeed({ project }: Scene, command: string): Promise<string> {
	const { stdout, stderr, exitCode } = await project.run(command);
	expect({ exitCode, command }, stdout + stderr).toEqual({ exitCode: 0, command });
	return stdout;
}

/** Nobody but its owner ends a sandbox. */
export function expectToLive({ sandboxes, requests }: LoopbackDaytona, count: number): void {
	expect(sandboxes.all.map(({ state }) => state)).toEqual(Array.from({ length: count }, () => 'started'));
	const ended = requests.entries.filter(
		({ plane, route }) => plane === 'control' && /^DELETE|\/(?:stop|archive|pause)$/.test(route),
	);
	expect(ended).toEqual([]);
}
