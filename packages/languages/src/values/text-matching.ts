import { foldCase } from "@tallyman/ecs";
/** How two texts are compared: as they stand, or in any case. A function's `~` form gets the second. */
export interface TextMatching {
  readonly ignoreCase: boolean;
  /** The form in which texts that are to be found equal are equal. */
  readonly fold: (text: string) => string;
}

export const exactText: TextMatching = { ignoreCase: false, fold: (text) => text };

export const caselessText: TextMatching = { ignoreCase: true, fold: foldCase };
