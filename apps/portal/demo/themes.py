"""What people write to Tidewater's support about, and what they are answered."""

from typing import NamedTuple


class Theme(NamedTuple):
    """One kind of conversation."""

    component: str
    tags: tuple[str, ...]
    weight: int
    urgency: tuple[int, int, int, int]
    """Odds of urgent, high, normal, low."""
    subjects: tuple[str, ...]
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    follow_ups: tuple[str, ...]
    closings: tuple[str, ...]


CALM = (0, 1, 7, 4)
USUAL = (1, 3, 10, 3)
SHARP = (3, 6, 5, 0)

THEMES = (
    Theme(
        "Exports",
        ("export", "csv"),
        9,
        USUAL,
        (
            "Export stops at 10 000 rows",
            "CSV export is cut off",
            "Export finishes but rows are missing",
        ),
        (
            "Our monthly export ends at row 10 000 although the report shows 14 312. It worked in September. We need the whole file for the board on Thursday.",
            "I exported the orders report twice today. Both files end in the middle of the month, and there is no message that anything was left out.",
        ),
        (
            "Thank you for the two files, that made it quick to see. The export falls back to the preview limit when a report has a calculated column. Until the fix is out you can export with the column hidden; all 14 312 rows come through that way.",
            "I can reproduce this with your report. Could you tell me whether the file is complete when you pick Excel instead of CSV?",
        ),
        (
            "Hiding the column works. When will it be fixed properly?",
            "Excel is complete, yes. CSV is what our importer takes though.",
        ),
        (
            "The fix went out this morning; your report exports all rows again. I left the ticket open for a day so you can check.",
            "Glad the workaround got you through the board meeting. The change is in release 4.12.",
        ),
    ),
    Theme(
        "Sign-in",
        ("sso",),
        7,
        SHARP,
        (
            "SSO loop after certificate change",
            "Nobody can sign in through our identity provider",
            "SAML: signature not valid",
        ),
        (
            "We rotated our signing certificate last night. Since then every sign-in bounces between your page and ours until the browser gives up. About 200 people are locked out.",
            "Since this morning our people get “signature not valid” when they come from the identity provider. Nothing changed on our side that I know of.",
        ),
        (
            "I have uploaded the new certificate to your connection and kept the old one valid until Friday. Please try once more in a private window.",
            "Your metadata file still names the old certificate. If you send me the new metadata address I will switch the connection over while you watch.",
        ),
        (
            "Tried your step 3, still bounces to login.",
            "Works for most people now, two are still stuck in the loop.",
        ),
        (
            "All sign-ins of the last hour succeeded, including the two colleagues you named. I closed the old certificate.",
            "Everybody is in. I wrote down the steps for the next rotation in the attached note.",
        ),
    ),
    Theme(
        "Webhooks",
        ("webhooks", "api"),
        7,
        USUAL,
        (
            "Webhooks arrive twice",
            "Duplicate deliveries on report.finished",
            "Webhook retries although we answer 200",
        ),
        (
            "Every report.finished event reaches us twice within a second. Attaching both payloads, the ids are equal. Our billing job runs twice because of it.",
            "We answer 200 in about 300 ms and still see a second delivery a minute later. Is there a setting we missed?",
        ),
        (
            "Both deliveries carry the same event id, so they can be told apart safely. The second one is sent because our gateway did not see your answer in time; I have asked the on-call engineer to look at that minute.",
            "You have two subscriptions with the same address, one of them paused by a former colleague and resumed on Monday. Shall I remove the older one?",
        ),
        (
            "Yes please remove the old one.",
            "We de-duplicate by id now, but it still costs us a worker.",
        ),
        (
            "The older subscription is gone; the last twenty events were delivered once.",
            "Since the change on Tuesday there were no second deliveries. Thank you for the timings.",
        ),
    ),
    Theme(
        "Web app",
        ("performance",),
        8,
        USUAL,
        (
            "Slow dashboard with 40 widgets",
            "Dashboard takes half a minute",
            "Pages crawl since Monday morning",
        ),
        (
            "Our operations dashboard takes 25 to 30 seconds. Profile attached. The same dashboard was fine with the data of last quarter.",
            "Every page feels slow since Monday, most of all the dashboards. Other sites are fine from here.",
        ),
        (
            "Twelve of the widgets ask for the same year by day; I have merged them into one shared query on your dashboard. Could you open it once more and tell me what you see?",
            "Thank you for the profile. Nearly all of the time goes into one widget with 400 000 points. Grouping it by week brings the page to under two seconds.",
        ),
        (
            "Much better, about four seconds now.",
            "Grouping by week hides the spikes we look for. Is there another way?",
        ),
        (
            "You can now keep daily points and load them on demand; I switched it on for your workspace.",
            "It stays under two seconds since Wednesday. Closing this, write back any time.",
        ),
    ),
    Theme(
        "Billing",
        ("invoice",),
        8,
        CALM,
        (
            "Invoice shows wrong VAT id",
            "Please resend the October invoice",
            "Two invoices for the same month",
            "Change billing address",
        ),
        (
            "The last invoice still has our old VAT number, so accounting cannot book it. The new one is in the settings since August.",
            "We were invoiced twice for the same month, once with the old number of seats. Which one should we pay?",
            "Could you send the October invoice again? The link in the mail has expired.",
        ),
        (
            "I have issued a corrected invoice with the new VAT id; it is attached and in your billing page. The first one is cancelled.",
            "Please pay the second one with 24 seats. The first is credited, the credit note is attached.",
        ),
        ("Thank you. Can you also correct September?", "Got it, forwarded to accounting."),
        (
            "September is corrected as well. Both are on your billing page.",
            "All set, and the link on the billing page does not expire.",
        ),
    ),
    Theme(
        "Scheduled reports",
        ("schedule", "timezone"),
        6,
        USUAL,
        (
            "Timezone of scheduled reports",
            "Report arrives an hour early",
            "Daily report did not come",
        ),
        (
            "Since the clocks changed our 07:00 report arrives at 06:00. The schedule still says 07:00 Europe/Berlin.",
            "The daily report did not arrive today. Yesterday and the days before were fine.",
        ),
        (
            "Your schedule was made before we kept time zones with it, so it runs at a fixed UTC hour. I can convert it to Berlin time, or you can re-save it yourself. Which do you prefer?",
            "The run failed because the data source refused the password. I have paused the schedule so that it does not lock the account; once the password is updated it continues.",
        ),
        (
            "Please convert it, and the two others in the Finance folder.",
            "Password updated. Can you run today's by hand?",
        ),
        (
            "All three are in Berlin time now. Tomorrow's arrives at 07:00.",
            "Sent by hand at 10:40, and tomorrow's is planned.",
        ),
    ),
    Theme(
        "Web app",
        ("permissions",),
        6,
        CALM,
        (
            "Cannot invite a second admin",
            "Colleague sees an empty workspace",
            "Remove a former employee",
        ),
        (
            "The invite button is grey when I pick the admin role. We have one admin and she is on leave.",
            "A new colleague signs in and sees nothing at all, although she is in the right group.",
        ),
        (
            "Your plan allows a second admin, but the seat was still held by an unanswered invitation from May. I have withdrawn it, so the button works again.",
            "Her group is set up in the other region's workspace. I can copy the membership over if the workspace owner confirms here.",
        ),
        ("Confirmed, please copy.", "The button works, thank you!"),
        (
            "Copied. She should see eleven dashboards now.",
            "Happy to help. The pending invitations are listed under People from now on.",
        ),
    ),
    Theme(
        "API",
        ("api", "rate-limit"),
        6,
        USUAL,
        (
            "429 although we are below the limit",
            "API returns 502 at night",
            "Pagination skips records",
        ),
        (
            "We send 120 requests a minute and get 429 with a limit of 200. The header says 0 remaining.",
            "Between 02:00 and 02:10 UTC every call to /v2/reports answers 502. Every night, for a week now.",
            "Walking through /v2/events we miss between 3 and 10 records a day. They are there when I ask for them by id.",
        ),
        (
            "The limit is shared by all keys of a workspace; your staging key uses the other 80. I have given staging its own bucket.",
            "That is the nightly compaction. The on-call engineer has moved it behind a replica; could you watch tonight's run?",
        ),
        ("Quiet night, no 502.", "Own bucket works, thanks. Is that documented?"),
        (
            "Documented as of today, thank you for asking.",
            "Three quiet nights in a row. Closing this one.",
        ),
    ),
    Theme(
        "Dashboards",
        ("request",),
        7,
        (0, 0, 6, 6),
        (
            "Dark mode for the embed",
            "Option to pin a filter",
            "Export a dashboard as PDF",
            "Compare two periods side by side",
        ),
        (
            "Our documentation site is dark, the embedded dashboard is bright white. Is there a switch, or is one planned?",
            "Is there a way to send a dashboard as PDF every Monday? We take screenshots now, which is no fun.",
            "We would like to see this quarter next to the same quarter last year, in one chart.",
        ),
        (
            "There is no switch yet. I have added your voice to the request for it; eleven other customers ask for the same.",
            "Not today. Could you tell me a little about who reads the PDF, and where? That helps the product team decide what to build.",
        ),
        (
            "It goes to our supervisory board, on paper I am afraid.",
            "Would the beta work for our docs site?",
        ),
        (
            "The product team has your case word for word. You will hear from us when it is decided either way.",
            "You are on the beta list; the invitation comes in the first week of the month.",
        ),
    ),
    Theme(
        "Mail",
        ("mail",),
        4,
        CALM,
        ("Typo in onboarding mail", "Alert mails end up in spam", "Stop the weekly digest"),
        (
            "The third onboarding mail says “dashbord”. Thought you would like to know.",
            "Alert mails from you are marked as spam since last week. Our mail administrator says the signature does not match.",
        ),
        (
            "Well spotted, thank you. It is corrected.",
            "One of our sending hosts signed with an old key for two days. That is repaired; could your administrator release what was held?",
        ),
        ("Released, and the newer ones arrive normally.",),
        ("Good to hear. Thank you for the headers, they saved us an hour.", "Thank you!"),
    ),
    Theme(
        "Data sources",
        ("connector",),
        6,
        USUAL,
        (
            "PostgreSQL connection drops every hour",
            "Cannot connect to our warehouse",
            "Connector asks for too many permissions",
        ),
        (
            "The connection to our warehouse drops once an hour and dashboards show “source away” until somebody presses reconnect.",
            "Your connector wants the account admin role. Our security team will not grant that. What is the least it needs?",
        ),
        (
            "Your firewall closes idle connections after 60 minutes. I have switched on keep-alive for your source; please tell me how the next hours go.",
            "It needs to read the schemas you report on and nothing else. I attach the three statements that create such a role.",
        ),
        ("Stable since yesterday afternoon.", "The role works, but one view is missing."),
        (
            "That view belongs to another schema; the fourth statement in the updated note covers it.",
            "Two days without a drop. I will close this.",
        ),
    ),
    Theme(
        "Status",
        ("outage",),
        2,
        (8, 4, 0, 0),
        ("Everything is down", "Dashboards show error 500", "Is there an outage?"),
        (
            "None of our dashboards load, all of us get error 500. Your status page is green.",
            "Is there an outage? Our wall screens have been empty for ten minutes.",
        ),
        (
            "Yes: since 09:12 UTC dashboards fail for customers in the EU region. We are on it, and you will hear from me by half past at the latest.",
            "We see it too. The on-call engineer is rolling back this morning's release.",
        ),
        ("Back for us as of 09:41.", "Still down here. Customers are calling."),
        (
            "All dashboards load again since 09:40 UTC. The review will be on the status page by Friday.",
            "Resolved. I am sorry for the morning; the written review follows.",
        ),
    ),
    Theme(
        "Web app",
        ("browser",),
        4,
        CALM,
        (
            "Chart labels overlap on a small screen",
            "Cannot drag widgets in Firefox",
            "Printing cuts the right edge",
        ),
        (
            "On a 13 inch laptop the labels of the stacked chart lie on top of each other.",
            "Dragging a widget selects text instead of moving it. Firefox, newest version, on two machines.",
        ),
        (
            "Thank you for the picture. Labels now shorten when there is no room; the change is on its way to you with the next release.",
            "I can reproduce it when the pointer starts on the title. Dragging by the handle on the left works in the meantime.",
        ),
        ("The handle works.", "Looks right now on the small screen."),
        (
            "Fixed for Firefox in this week's release.",
            "Good. Thank you for taking the time to report it.",
        ),
    ),
    Theme(
        "Security",
        ("security", "legal"),
        3,
        (0, 3, 6, 2),
        ("Security questionnaire", "Data processing agreement", "Where is our data stored?"),
        (
            "Our procurement needs the attached questionnaire by the end of the month. 48 questions, I apologise in advance.",
            "Could you confirm in which region our data and its backups are stored, and for how long?",
        ),
        (
            "Your data and its backups are in Frankfurt; backups are kept for 35 days. I attach the page of the agreement that says so.",
            "I have passed the questionnaire to our security colleague. You will have it back by Wednesday next week.",
        ),
        ("Thank you, that is all our lawyers wanted.", "Wednesday is fine."),
        (
            "The completed questionnaire is attached.",
            "Good. Write again before the audit if anything is missing.",
        ),
    ),
    Theme(
        "Web app",
        ("settings",),
        4,
        (0, 0, 4, 8),
        ("Rename workspace", "Move a dashboard to another folder", "Recover a deleted report"),
        (
            "We changed our company name. How do we rename the workspace, and do links break?",
            "Somebody deleted the board report on Friday. Can you bring it back?",
        ),
        (
            "You can rename it under Workspace; old links keep working for a year. Shall I do it for you?",
            "Deleted reports stay for 30 days. I have restored it to the Board folder, with its schedule switched off so that nothing is sent by surprise.",
        ),
        ("Please do, the new name is in the signature.", "It is back, you saved my week."),
        ("Done. I checked three old links, all work.", "Happy it was still there."),
    ),
)
