import { type Answer, emptyAnswer, jsonAnswer } from './answers.ts';
import { type ControlCall, slicePage } from './control-call.ts';
import { createSnapshot, findSnapshot, type Snapshot, snapshotDto } from './snapshots.ts';

export function postSnapshot(call: ControlCall): Answer {
	const request = (call.request.body ?? {}) as Readonly<Record<string, unknown>>;
	const { name, imageName, buildInfo } = request;
	const { snapshots } = call.double;
	if (typeof name !== 'string' || name === '') return call.fail(400, 'name should not be empty');
	if (!imageName && !buildInfo) return call.fail(400, 'Must specify either an image name or build info');
	if (snapshots.has(name)) return call.fail(409, `Snapshot with name "${name}" already exists for this organization`);
	const snapshot = createSnapshot(request);
	snapshots.set(name, snapshot);
	const { transitionMs = 0 } = call.double.options;
	if (transitionMs > 0) {
		snapshot.state = 'building';
		setTimeout(() => void (snapshot.state = 'active'), transitionMs).unref();
	}
	return jsonAnswer(200, snapshotDto(snapshot));
}

export function listSnapshots({ double, request }: ControlCall): Answer {
	const { page = '1', limit = '100', name = '' } = request.query;
	const all = [...double.snapshots.values()].filter((snapshot) => snapshot.name.includes(name));
	const items = slicePage(all, Number(limit), (Number(page) - 1) * Number(limit)).page.map(snapshotDto);
	const totalPages = Math.ceil(all.length / Number(limit));
	return jsonAnswer(200, { items, total: all.length, page: Number(page), totalPages });
}

export const getSnapshot = onSnapshot((_call, snapshot) => jsonAnswer(200, snapshotDto(snapshot)));

export const removeSnapshot = onSnapshot((call, snapshot) => {
	call.double.snapshots.delete(snapshot.name);
	return emptyAnswer(200);
});

export const activateSnapshot = onSnapshot((call, snapshot) => {
	if (snapshot.state !== 'inactive') {
		return call.fail(400, `Snapshot ${snapshot.id} cannot be activated - it is in ${snapshot.state} state`);
	}
	snapshot.state = 'active';
	return jsonAnswer(200, snapshotDto(snapshot));
});

export const snapshotLogsUrl = onSnapshot((call, snapshot) =>
	jsonAnswer(200, { url: `${call.double.origin}/build-logs/${snapshot.id}` }),
);

function onSnapshot(handler: (call: ControlCall, snapshot: Snapshot) => Answer): (call: ControlCall) => Answer {
	return (call) => {
		const [idOrName = ''] = call.parameters;
		const snapshot = findSnapshot(call.double.snapshots, idOrName);
		return snapshot === undefined
			? call.fail(404, `Snapshot with ID or name ${idOrName} not found`)
			: handler(call, snapshot);
	};
}
