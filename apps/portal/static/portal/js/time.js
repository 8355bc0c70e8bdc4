// Spans in words, exactly as the server says them (apps/portal/words.py).
const MINUTE = 60, HOUR = 3600, DAY = 86_400;

export function duration(seconds) {
  const total = Math.floor(Math.abs(seconds)), sign = seconds < 0 && total ? "−" : "";
  if (total < MINUTE) return `${sign}${total} s`;
  if (total < HOUR) return `${sign}${Math.floor(total / MINUTE)} m`;
  const rest = Math.floor((total % HOUR) / MINUTE);
  return `${sign}${Math.floor(total / HOUR)} h${rest ? ` ${String(rest).padStart(2, "0")} m` : ""}`;
}

function coarse(seconds) {
  if (seconds < DAY) return duration(seconds);
  const days = Math.floor(seconds / DAY), say = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;
  if (days < 14) return say(days, "day");
  return days < 70 ? say(Math.floor(days / 7), "week") : say(Math.floor(days / 30), "month");
}

function days(left) {
  const total = Math.abs(left), rest = total < 14 * DAY ? Math.floor((total % DAY) / HOUR) : 0;
  return `${left < 0 ? "−" : ""}${Math.floor(total / DAY)} d${rest ? ` ${rest} h` : ""}`;
}

export function spell(kind, milliseconds) {
  const left = milliseconds / 1000;
  if (kind === "due") return Math.abs(left) < 2 * DAY ? duration(left) : days(left);
  if (left > 0) return `in ${coarse(left)}`;
  return -left < MINUTE ? "just now" : `${coarse(-left)} ago`;
}
