export const PAGE = {}; // filled in by the device: what the page of its release does differently
