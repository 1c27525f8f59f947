import type { Connector } from './connector.ts';
import { daytona } from './daytona/facts.ts';

export const CONNECTORS: readonly Connector[] = [daytona];
