import { type Answer, jsonAnswer } from './answers.ts';
import { execute } from './execute.ts';
import { createFolder, deleteFile, listFiles, moveFile, readInfo } from './files.ts';
import { createRouter } from './routes.ts';
import { findInFiles, replaceInFiles, searchFiles, setPermissions } from './search.ts';
import {
	createSession,
	deleteSession,
	executeInSession,
	getCommand,
	getCommandLogs,
	getSession,
	listSessions,
} from './sessions.ts';
import type { ToolboxCall } from './toolbox-call.ts';
import { bulkDownload, bulkUpload } from './transfer.ts';

export type ToolboxHandler = (call: ToolboxCall) => Promise<Answer | undefined> | Answer;

export const toolboxRoute = createRouter<ToolboxHandler>({
	'GET /work-dir': ({ sandbox }) => jsonAnswer(200, { dir: sandbox.workDir }),
	'GET /user-home-dir': ({ sandbox }) => jsonAnswer(200, { dir: sandbox.workDir }),
	'GET /version': () => jsonAnswer(200, { version: '0.190.0' }),
	'POST /process/execute': execute,
	'GET /files': listFiles,
	'DELETE /files': deleteFile,
	'GET /files/info': readInfo,
	'POST /files/folder': createFolder,
	'POST /files/move': moveFile,
	'GET /files/search': searchFiles,
	'GET /files/find': findInFiles,
	'POST /files/replace': replaceInFiles,
	'POST /files/permissions': setPermissions,
	'POST /files/bulk-download': bulkDownload,
	'POST /files/bulk-upload': bulkUpload,
	'GET /process/session': listSessions,
	'POST /process/session': createSession,
	'GET /process/session/{sessionId}': getSession,
	'DELETE /process/session/{sessionId}': deleteSession,
	'POST /process/session/{sessionId}/exec': executeInSession,
	'GET /process/session/{sessionId}/command/{commandId}': getCommand,
	'GET /process/session/{sessionId}/command/{commandId}/logs': getCommandLogs,
});
