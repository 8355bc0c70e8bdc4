import os
def test_x():
    print(os.environ["DATABASE_URL"])
