import { type Answer, emptyAnswer, jsonAnswer } from './answers.ts';
import { type ControlCall, slicePage } from './control-call.ts';
import type { Double } from './double.ts';
import { deleteSandbox, moveTo } from './lifecycle.ts';
import { createRouter } from './routes.ts';
import { type CreateSandbox, createSandbox, type Sandbox, sandboxDto, type SandboxState } from './sandboxes.ts';
import {
	activateSnapshot,
	getSnapshot,
	listSnapshots,
	postSnapshot,
	removeSnapshot,
	snapshotLogsUrl,
} from './snapshot-routes.ts';
import { findSnapshot } from './snapshots.ts';

export type ControlHandler = (call: ControlCall) => Answer | Promise<Answer>;

export const controlRoute = createRouter<ControlHandler>({
	'POST /sandbox': postSandbox,
	'GET /sandbox': listSandboxes,
	'GET /sandbox/paginated': listSandboxPages,
	'GET /sandbox/{id}': onSandbox((_call, dto) => jsonAnswer(200, dto())),
	'DELETE /sandbox/{id}': onSandbox(removeSandbox),
	'POST /sandbox/{id}/start': onSandbox(startSandbox),
	'POST /sandbox/{id}/stop': onSandbox(stopSandbox),
	'POST /sandbox/{id}/archive': onSandbox(archiveSandbox),
	'POST /sandbox/{id}/last-activity': onSandbox(() => emptyAnswer(201)),
	'GET /sandbox/{id}/toolbox-proxy-url': onSandbox(({ double }) =>
		jsonAnswer(200, { url: `${double.origin}/toolbox` }),
	),
	'GET /sandbox/{id}/build-logs-url': onSandbox(({ double }, _dto, { id }) =>
		jsonAnswer(200, { url: `${double.origin}/build-logs/${id}` }),
	),
	'PUT /sandbox/{id}/labels': onSandbox(replaceLabels),
	'POST /sandbox/{id}/autostop/{interval}': onSandbox(setInterval('autoStopInterval')),
	'POST /sandbox/{id}/autoarchive/{interval}': onSandbox(setInterval('autoArchiveInterval')),
	'POST /sandbox/{id}/autodelete/{interval}': onSandbox(setInterval('autoDeleteInterval')),
	'POST /snapshots': postSnapshot,
	'GET /snapshots': listSnapshots,
	'GET /snapshots/{id}': getSnapshot,
	'DELETE /snapshots/{id}': removeSnapshot,
	'POST /snapshots/{id}/activate': activateSnapshot,
	'GET /snapshots/{id}/build-logs-url': snapshotLogsUrl,
});

type SandboxHandler = (call: ControlCall, dto: () => object, sandbox: Sandbox) => Answer | Promise<Answer>;

function onSandbox(handler: SandboxHandler): ControlHandler {
	return (call) => {
		const [idOrName = ''] = call.parameters;
		const sandbox = findSandbox(call.double, idOrName);
		if (sandbox === undefined) return call.fail(404, `Sandbox with ID or name ${idOrName} not found`);
		return handler(call, () => sandboxDto(sandbox, `${call.double.origin}/toolbox`), sandbox);
	};
}

export function findSandbox(double: Double, idOrName: string): Sandbox | undefined {
	const visible = [...double.sandboxes.values()].filter(({ isDeleted }) => !isDeleted);
	return visible.find(({ id }) => id === idOrName) ?? visible.find(({ name }) => name === idOrName);
}

async function postSandbox(call: ControlCall): Promise<Answer> {
	const { double } = call;
	const request = (call.request.body ?? {}) as CreateSandbox;
	const problem = cannotCreate(request, double);
	if (problem !== undefined) return call.fail(400, problem);
	if (request.name !== undefined && findSandbox(double, request.name) !== undefined) {
		return call.fail(409, `Sandbox with name ${request.name} already exists`);
	}
	const sandbox = createSandbox(request, double.root, double.options.workDir);
	double.sandboxes.set(sandbox.id, sandbox);
	await moveTo(double, sandbox, double.options.createdState ?? 'creating', 'started');
	return jsonAnswer(200, sandboxDto(sandbox, `${double.origin}/toolbox`));
}

function cannotCreate(request: CreateSandbox, double: Double): string | undefined {
	const { snapshot, buildInfo, cpu, gpu, memory, disk } = request;
	if (buildInfo !== undefined) {
		return snapshot === undefined ? undefined : 'Cannot specify a snapshot when using a build info entry';
	}
	if ([cpu, gpu, memory, disk].some((amount) => amount !== undefined)) {
		return 'Cannot specify Sandbox resources when using a snapshot';
	}
	if (snapshot === undefined) return undefined;
	const known = findSnapshot(double.snapshots, snapshot);
	if (known === undefined) {
		return double.options.snapshots === undefined
			? undefined
			: `Snapshot ${snapshot} not found. Did you add it through the Daytona Dashboard?`;
	}
	return known.state === 'active' ? undefined : `Snapshot ${snapshot} is ${known.state}`;
}

async function startSandbox(call: ControlCall, dto: () => object, sandbox: Sandbox): Promise<Answer> {
	if (sandbox.state === 'started') return jsonAnswer(200, dto());
	const canStart = ['stopped', 'archived', 'paused'].includes(sandbox.state);
	if (!canStart) return call.fail(400, stateProblem(sandbox, 'stopped'));
	await moveTo(call.double, sandbox, sandbox.state === 'archived' ? 'restoring' : 'starting', 'started');
	return jsonAnswer(200, dto());
}

async function stopSandbox(call: ControlCall, dto: () => object, sandbox: Sandbox): Promise<Answer> {
	if (sandbox.state !== 'started') return call.fail(400, stateProblem(sandbox, 'started'));
	await moveTo(call.double, sandbox, 'stopping', 'stopped');
	return jsonAnswer(200, dto());
}

async function archiveSandbox(call: ControlCall, dto: () => object, sandbox: Sandbox): Promise<Answer> {
	if (sandbox.state !== 'stopped') return call.fail(400, stateProblem(sandbox, 'stopped'));
	await moveTo(call.double, sandbox, 'archiving', 'archived');
	return jsonAnswer(200, dto());
}

async function removeSandbox(_call: ControlCall, dto: () => object, sandbox: Sandbox): Promise<Answer> {
	await deleteSandbox(sandbox);
	return jsonAnswer(200, { ...dto(), state: 'destroying' });
}

function stateProblem({ state, desiredState }: Sandbox, wanted: SandboxState): string {
	return state === desiredState ? `Sandbox is not ${wanted}` : 'State change in progress';
}

function replaceLabels(call: ControlCall, _dto: () => object, sandbox: Sandbox): Answer {
	const { labels = {} } = (call.request.body ?? {}) as CreateSandbox;
	sandbox.settings['labels'] = labels;
	return jsonAnswer(200, { labels });
}

function setInterval(field: 'autoStopInterval' | 'autoArchiveInterval' | 'autoDeleteInterval'): SandboxHandler {
	return (call, dto, sandbox) => {
		sandbox.settings[field] = Number(call.parameters[1]);
		return jsonAnswer(201, dto());
	};
}

function listSandboxes(call: ControlCall): Answer {
	const { limit, cursor } = call.request.query;
	const { page, next } = slicePage(filterSandboxes(call), Number(limit ?? 100), Number(cursor ?? 0));
	return jsonAnswer(200, { items: page, nextCursor: next === undefined ? null : String(next) });
}

function listSandboxPages(call: ControlCall): Answer {
	const all = filterSandboxes(call);
	const limit = Number(call.request.query['limit'] ?? 100);
	const number = Number(call.request.query['page'] ?? 1);
	const { page } = slicePage(all, limit, (number - 1) * limit);
	return jsonAnswer(200, { items: page, total: all.length, page: number, totalPages: Math.ceil(all.length / limit) });
}

function filterSandboxes({ double, request }: ControlCall): object[] {
	const { id = '', name = '', labels = '{}' } = request.query;
	const states = request.lists['states'] ?? [];
	const wanted = Object.entries(JSON.parse(labels) as Record<string, string>);
	return [...double.sandboxes.values()]
		.filter((sandbox) => !sandbox.isDeleted && sandbox.id.startsWith(id) && sandbox.name.startsWith(name))
		.filter((sandbox) => states.length === 0 || states.includes(sandbox.state))
		.filter((sandbox) => {
			const own = (sandbox.settings['labels'] ?? {}) as Record<string, string>;
			return wanted.every(([key, value]) => own[key] === value);
		})
		.map((sandbox) => sandboxDto(sandbox, `${double.origin}/toolbox`));
}
